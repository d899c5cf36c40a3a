//! Vouchers: made, sent, spent once.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{DeviceId, IntentId, Money, Time, VoucherId};

/// A voucher, as gateway judges it.
#[derive(Debug, Clone)]
pub(crate) struct VoucherRow {
    pub(crate) voucher: VoucherId,
    pub(crate) customer: CustomerIndex,
    pub(crate) device: DeviceId,
    pub(crate) limit: Money,
    pub(crate) expires: Time,
    pub(crate) spent_by: Option<IntentId>,
    /// The Sign1.
    pub(crate) signed: Vec<u8>,
}

impl VoucherRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            voucher: row.get("voucher")?,
            customer: row.get("customer")?,
            device: row.get("device")?,
            limit: Money::new(row.get("limit_minor_units")?, row.get("currency")?),
            expires: row.get("expires_ms")?,
            spent_by: row.get("spent_by")?,
            signed: row.get("signed")?,
        })
    }
}

/// Stores a new voucher.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &VoucherRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO voucher (voucher, customer, device, limit_minor_units, currency, expires_ms, spent_by, signed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            row.voucher,
            row.customer,
            row.device,
            row.limit.minor_units(),
            row.limit.currency(),
            row.expires,
            row.spent_by,
            &row.signed,
        ],
    )
    .await?;
    Ok(())
}

/// The voucher with that number.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    voucher: VoucherId,
) -> Result<Option<VoucherRow>, DatabaseError> {
    let select = "SELECT * FROM voucher WHERE voucher = $1";
    let row = tx.query_optional(select, params![voucher]).await?;
    row.as_ref().map(VoucherRow::read).transpose()
}

/// The vouchers of a device that are neither spent nor expired at `now`, those that expire first before the others.
pub(crate) async fn alive(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    now: Time,
) -> Result<Vec<VoucherRow>, DatabaseError> {
    let select = "SELECT * FROM voucher WHERE device = $1 AND expires_ms >= $2 AND spent_by IS NULL
        ORDER BY expires_ms, voucher";
    let rows = tx.query(select, params![device, now]).await?;
    rows.iter().map(VoucherRow::read).collect()
}

/// Spends the voucher for `intent`. Returns whether it was not spent before.
pub(crate) async fn spend(
    tx: &mut Transaction<'_>,
    voucher: VoucherId,
    intent: IntentId,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE voucher SET spent_by = $1 WHERE voucher = $2 AND spent_by IS NULL";
    Ok(tx.execute(update, params![intent, voucher]).await? > 0)
}

/// Deletes the vouchers that expired before `time`.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM voucher WHERE expires_ms < $1", params![time])
        .await?;
    Ok(())
}
