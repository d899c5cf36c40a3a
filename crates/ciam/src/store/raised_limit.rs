//! Limits of customers' days that the bank has raised, and that gateway has not heard of yet.

use super::{CustomerIndex, signed};
use database::{DatabaseError, Row, Transaction, params};
use types::{Currency, Money, Time};

/// The newest limit that was raised for a customer.
#[derive(Debug, Clone)]
pub(crate) struct RaisedRow {
    pub(crate) customer: CustomerIndex,
    /// Sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) number: u64,
    pub(crate) day: Money,
    /// Until when it holds.
    pub(crate) until: Time,
}

impl RaisedRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let currency: Currency = row.get("currency")?;
        Ok(Self {
            customer: row.get("customer_index")?,
            sealed: row.get("customer")?,
            number: row.get("number")?,
            day: Money::new(row.get("minor_units")?, currency),
            until: row.get("until_ms")?,
        })
    }
}

/// Stores a limit, in place of the customer's former one.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &RaisedRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO raised_limit (customer_index, customer, number, minor_units, currency, until_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (customer_index) DO UPDATE SET customer = excluded.customer, number = excluded.number,
            minor_units = excluded.minor_units, currency = excluded.currency, until_ms = excluded.until_ms",
        params![
            row.customer,
            &row.sealed,
            signed(row.number),
            row.day.minor_units(),
            row.day.currency(),
            row.until,
        ],
    )
    .await?;
    Ok(())
}

/// The limit of a customer that gateway has not heard of.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<RaisedRow>, DatabaseError> {
    let select = "SELECT * FROM raised_limit WHERE customer_index = $1";
    let row = tx.query_optional(select, params![customer]).await?;
    row.as_ref().map(RaisedRow::read).transpose()
}

/// The first `limit` rows after that number.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    number: u64,
    limit: u32,
) -> Result<Vec<RaisedRow>, DatabaseError> {
    let select = "SELECT * FROM raised_limit WHERE number > $1 ORDER BY number LIMIT $2";
    let rows = tx.query(select, params![signed(number), limit]).await?;
    rows.iter().map(RaisedRow::read).collect()
}

/// Forgets a limit of which gateway has heard, unless it is not the newest any more.
pub(crate) async fn done(tx: &mut Transaction<'_>, row: &RaisedRow) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM raised_limit WHERE customer_index = $1 AND number = $2",
        params![row.customer, signed(row.number)],
    )
    .await?;
    Ok(())
}

/// Forgets the limit of a customer.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM raised_limit WHERE customer_index = $1";
    tx.execute(delete, params![customer]).await?;
    Ok(())
}
