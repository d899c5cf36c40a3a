//! Each order and login once, and the counts over them.

use super::Index;
use database::{DatabaseError, Transaction, params};
use types::{DeviceId, Time};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
const WEEK_MS: u64 = 7 * DAY_MS;
const MONTH_MS: u64 = 30 * DAY_MS;

/// An order or login.
#[derive(Debug, Clone)]
pub(crate) struct ActivityRow {
    pub(crate) customer: Index,
    pub(crate) id: String,
    pub(crate) device: DeviceId,
    pub(crate) payee: Option<Index>,
    pub(crate) amount: i64,
    pub(crate) at: Time,
    pub(crate) denied: bool,
}

/// What a customer did before. Counting ends at 500.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OfCustomer {
    pub(crate) ten_minutes: u32,
    pub(crate) hour: u32,
    pub(crate) day: u32,
    pub(crate) week: u32,
    pub(crate) month: u32,
    pub(crate) moved_day: i64,
    pub(crate) moved_week: i64,
    pub(crate) moved_month: i64,
}

/// What came from a device before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OfDevice {
    pub(crate) hour: u32,
    pub(crate) denied_month: u32,
    pub(crate) frauds: u32,
}

/// What went to a payee before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OfPayee {
    pub(crate) payers_day: u32,
    pub(crate) day: u32,
    pub(crate) week: u32,
    pub(crate) month: u32,
    pub(crate) frauds: u32,
}

/// Stores an order or login. One that was asked about again has the newest verdict.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &ActivityRow) -> Result<(), DatabaseError> {
    let put = "INSERT INTO activity (customer, id, device, payee, amount, at_ms, denied, fraud)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
        ON CONFLICT (customer, id) DO UPDATE SET denied = excluded.denied";
    let values = params![
        row.customer,
        &row.id,
        row.device,
        row.payee.as_ref(),
        row.amount,
        row.at,
        row.denied
    ];
    tx.execute(put, values).await?;
    Ok(())
}

/// Says that people found an order to be a fraud, or not.
pub(crate) async fn set_fraud(
    tx: &mut Transaction<'_>,
    (customer, id): (Index, &str),
    is_fraud: bool,
) -> Result<(), DatabaseError> {
    let update = "UPDATE activity SET fraud = $1 WHERE customer = $2 AND id = $3";
    tx.execute(update, params![is_fraud, customer, id]).await?;
    Ok(())
}

/// What the customer did before `now`, without that id.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    (customer, id): (Index, &str),
    now: Time,
) -> Result<OfCustomer, DatabaseError> {
    let select = "SELECT COUNT(*) FILTER (WHERE at_ms > $1), COUNT(*) FILTER (WHERE at_ms > $2),
        COUNT(*) FILTER (WHERE at_ms > $3), COUNT(*) FILTER (WHERE at_ms > $4), COUNT(*),
        CAST(COALESCE(SUM(amount) FILTER (WHERE at_ms > $3), 0) AS BIGINT),
        CAST(COALESCE(SUM(amount) FILTER (WHERE at_ms > $4), 0) AS BIGINT),
        CAST(COALESCE(SUM(amount), 0) AS BIGINT)
        FROM (SELECT at_ms, amount FROM activity WHERE customer = $5 AND at_ms > $6 AND id <> $7
            ORDER BY at_ms DESC LIMIT 500) AS newest";
    let values = params![
        now.minus_ms(10 * MINUTE_MS),
        now.minus_ms(HOUR_MS),
        now.minus_ms(DAY_MS),
        now.minus_ms(WEEK_MS),
        customer,
        now.minus_ms(MONTH_MS),
        id
    ];
    let row = tx.query_one(select, values).await?;
    Ok(OfCustomer {
        ten_minutes: row.get(0)?,
        hour: row.get(1)?,
        day: row.get(2)?,
        week: row.get(3)?,
        month: row.get(4)?,
        moved_day: row.get(5)?,
        moved_week: row.get(6)?,
        moved_month: row.get(7)?,
    })
}

/// What came from the device before `now`, without that id of the customer.
pub(crate) async fn of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    (customer, id): (Index, &str),
    now: Time,
) -> Result<OfDevice, DatabaseError> {
    let select = "SELECT COUNT(*) FILTER (WHERE at_ms > $1), COUNT(*) FILTER (WHERE denied = 1),
        COUNT(*) FILTER (WHERE fraud = 1)
        FROM (SELECT at_ms, denied, fraud FROM activity WHERE device = $2 AND at_ms > $3
            AND NOT (customer = $4 AND id = $5) ORDER BY at_ms DESC LIMIT 500) AS newest";
    let values = params![
        now.minus_ms(HOUR_MS),
        device,
        now.minus_ms(MONTH_MS),
        customer,
        id
    ];
    let row = tx.query_one(select, values).await?;
    Ok(OfDevice {
        hour: row.get(0)?,
        denied_month: row.get(1)?,
        frauds: row.get(2)?,
    })
}

/// What went to the payee before `now`, without that id of the customer.
pub(crate) async fn of_payee(
    tx: &mut Transaction<'_>,
    payee: Index,
    (customer, id): (Index, &str),
    now: Time,
) -> Result<OfPayee, DatabaseError> {
    let select = "SELECT COUNT(DISTINCT customer) FILTER (WHERE at_ms > $1 AND customer <> $2),
        COUNT(*) FILTER (WHERE at_ms > $1), COUNT(*) FILTER (WHERE at_ms > $3), COUNT(*)
        FROM (SELECT at_ms, customer FROM activity WHERE payee = $4 AND at_ms > $5
            AND NOT (customer = $2 AND id = $6) ORDER BY at_ms DESC LIMIT 500) AS newest";
    let values = params![
        now.minus_ms(DAY_MS),
        customer,
        now.minus_ms(WEEK_MS),
        payee,
        now.minus_ms(MONTH_MS),
        id
    ];
    let row = tx.query_one(select, values).await?;
    let frauds = "SELECT COUNT(*) FROM activity WHERE payee = $1 AND fraud = 1";
    let frauds = tx.query_one(frauds, params![payee]).await?;
    Ok(OfPayee {
        payers_day: row.get(0)?,
        day: row.get(1)?,
        week: row.get(2)?,
        month: row.get(3)?,
        frauds: frauds.get(0)?,
    })
}

/// When another customer's order last paid into the account, in 24 hours.
pub(crate) async fn credited(
    tx: &mut Transaction<'_>,
    (account, customer): (Index, Index),
    now: Time,
) -> Result<Option<Time>, DatabaseError> {
    let select = "SELECT at_ms FROM activity WHERE payee = $1 AND at_ms > $2 AND customer <> $3 AND denied = 0
        ORDER BY at_ms DESC LIMIT 1";
    let values = params![account, now.minus_ms(DAY_MS), customer];
    let row = tx.query_optional(select, values).await?;
    row.map(|row| row.get(0)).transpose()
}
