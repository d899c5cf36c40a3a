//! What devices looked like, and who used them.

use super::Index;
use database::{DatabaseError, Transaction, params};
use types::{DeviceForm, DeviceId, Time, VerdictLevel};

const MONTH_MS: u64 = 30 * 86_400_000;

/// A device at its last order or login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) form: DeviceForm,
    /// The position of its level among all.
    pub(crate) level: u8,
    pub(crate) first_id: String,
}

impl DeviceRow {
    /// The position of a level among all, the lowest first.
    pub(crate) fn level(level: VerdictLevel) -> u8 {
        let position = VerdictLevel::ALL.iter().position(|one| *one == level);
        position
            .and_then(|position| u8::try_from(position).ok())
            .unwrap_or_default()
    }
}

pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<DeviceRow>, DatabaseError> {
    let select = "SELECT form, level, first_id FROM device WHERE device = $1";
    let row = tx.query_optional(select, params![device]).await?;
    row.map(|row| {
        Ok(DeviceRow {
            form: row.get("form")?,
            level: row.get("level")?,
            first_id: row.get("first_id")?,
        })
    })
    .transpose()
}

/// The other customers who used the device in 30 days.
pub(crate) async fn other_customers(
    tx: &mut Transaction<'_>,
    (device, customer): (DeviceId, Index),
    now: Time,
) -> Result<u32, DatabaseError> {
    let select =
        "SELECT COUNT(*) FROM device_user WHERE device = $1 AND customer <> $2 AND last_ms > $3";
    let values = params![device, customer, now.minus_ms(MONTH_MS)];
    tx.query_one(select, values).await?.get(0)
}

/// Stores what the device looks like now, and who uses it. What it looked like at first stays.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    (device, customer): (DeviceId, Index),
    row: &DeviceRow,
    now: Time,
) -> Result<(), DatabaseError> {
    let put = "INSERT INTO device (device, form, level, first_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (device) DO UPDATE SET form = excluded.form, level = excluded.level";
    let values = params![device, row.form, row.level, &row.first_id];
    tx.execute(put, values).await?;
    let put = "INSERT INTO device_user (device, customer, last_ms) VALUES ($1, $2, $3)
        ON CONFLICT (device, customer) DO UPDATE SET last_ms = excluded.last_ms";
    tx.execute(put, params![device, customer, now]).await?;
    Ok(())
}
