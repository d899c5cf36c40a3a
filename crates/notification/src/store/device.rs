//! A channel's readers: which devices have grants of its keys, and which were removed.

use super::signed;
use crate::Failure;
use crate::ports::Revocation;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, DeviceId, KeyEpoch, PublicKey};

/// A device of a channel.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRow {
    /// Its agreement key. `None` if the device was removed before it had a grant.
    pub(crate) agreement: Option<PublicKey>,
    /// Whether the device was removed.
    pub(crate) removed: bool,
}

fn read(row: &database::Row) -> Result<DeviceRow, DatabaseError> {
    Ok(DeviceRow {
        agreement: row.get(0)?,
        removed: row.get::<Option<i64>>(1)?.is_some(),
    })
}

/// A device, if the channel knows it.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    device: DeviceId,
) -> Result<Option<DeviceRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT agreement, revocation FROM device WHERE channel = $1 AND device = $2",
            params![channel, device],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// The channel that knows a device.
pub(crate) async fn channel_of(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<ChannelId>, DatabaseError> {
    tx.query_optional(
        "SELECT channel FROM device WHERE device = $1 LIMIT 1",
        params![device],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// The devices that read the channel, in the order of their ids.
pub(crate) async fn readers(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<Vec<(DeviceId, PublicKey)>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT device, agreement FROM device WHERE channel = $1 AND revocation IS NULL AND agreement IS NOT NULL
             ORDER BY device",
            params![channel],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// Stores a new reader.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    device: DeviceId,
    agreement: &PublicKey,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO device (channel, device, agreement, revocation) VALUES ($1, $2, $3, NULL)",
        params![channel, device, agreement],
    )
    .await?;
    Ok(())
}

/// Whether that revocation was processed. No other device may be removed under its number.
pub(crate) async fn revocation_done(
    tx: &mut Transaction<'_>,
    revocation: &Revocation,
) -> Result<bool, Failure> {
    let row = tx
        .query_optional(
            "SELECT channel, device FROM revocation WHERE number = $1",
            params![signed(revocation.number)],
        )
        .await?;
    match row {
        None => Ok(false),
        Some(row)
            if row.get::<ChannelId>(0)? == revocation.channel
                && row.get::<DeviceId>(1)? == revocation.device =>
        {
            Ok(true)
        }
        Some(_) => Err(Failure::Broken(
            "the number of a revocation belongs to another device",
        )),
    }
}

/// Removes a device for good, even if the channel never knew it.
pub(crate) async fn remove(
    tx: &mut Transaction<'_>,
    revocation: &Revocation,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO device (channel, device, agreement, revocation) VALUES ($1, $2, NULL, $3)
         ON CONFLICT (channel, device) DO UPDATE SET revocation = excluded.revocation",
        params![
            revocation.channel,
            revocation.device,
            signed(revocation.number)
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO revocation (number, channel, device) VALUES ($1, $2, $3)",
        params![
            signed(revocation.number),
            revocation.channel,
            revocation.device
        ],
    )
    .await?;
    Ok(())
}

/// The device's grant for a key epoch.
pub(crate) async fn grant(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    device: DeviceId,
    epoch: KeyEpoch,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    tx.query_optional(
        "SELECT bytes FROM device_grant WHERE channel = $1 AND device = $2 AND epoch = $3",
        params![channel, device, epoch],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// Stores a grant; an existing one stays. A grant is deleted with its message key. There are at most as many grants as
/// each key that is not destroyed has had readers.
pub(crate) async fn insert_grant(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    device: DeviceId,
    epoch: KeyEpoch,
    bytes: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO device_grant (channel, device, epoch, bytes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (channel, device, epoch) DO NOTHING",
        params![channel, device, epoch, bytes],
    )
    .await?;
    Ok(())
}
