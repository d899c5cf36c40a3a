//! Message keys, wrapped by the vault.

use super::limit;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, KeyEpoch, Number, Time};
use vault::Wrapped;

/// A message key, as stored.
#[derive(Debug, Clone)]
pub(crate) struct MessageKeyRow {
    /// Its epoch.
    pub(crate) epoch: KeyEpoch,
    /// The first message under it.
    pub(crate) first_number: Number,
    /// The key, wrapped.
    pub(crate) wrapped: Wrapped,
}

/// Stores a new key, which replaces the channel's earlier keys from `now` on.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    row: &MessageKeyRow,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE message_key SET superseded_ms = $1 WHERE channel = $2 AND superseded_ms IS NULL",
        params![now, channel],
    )
    .await?;
    tx.execute(
        "INSERT INTO message_key (channel, epoch, first_number, wrapped_under, wrapped)
         VALUES ($1, $2, $3, $4, $5)",
        params![
            channel,
            row.epoch,
            row.first_number,
            row.wrapped.key,
            &row.wrapped.bytes
        ],
    )
    .await?;
    Ok(())
}

/// The key of an epoch.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    epoch: KeyEpoch,
) -> Result<Option<MessageKeyRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT first_number, wrapped_under, wrapped FROM message_key WHERE channel = $1 AND epoch = $2",
            params![channel, epoch],
        )
        .await?;
    row.map(|row| {
        Ok(MessageKeyRow {
            epoch,
            first_number: row.get(0)?,
            wrapped: Wrapped {
                key: row.get(1)?,
                bytes: row.get(2)?,
            },
        })
    })
    .transpose()
}

/// A page of the keys that are wrapped under another key-encryption key than `newest`, after one of them in their
/// order.
pub(crate) async fn wrapped_otherwise(
    tx: &mut Transaction<'_>,
    newest: u32,
    after: Option<(ChannelId, KeyEpoch)>,
    at_most: usize,
) -> Result<Vec<(ChannelId, KeyEpoch, Wrapped)>, DatabaseError> {
    let (channel, epoch) = after.map_or((Vec::new(), KeyEpoch::FIRST), |(channel, epoch)| {
        (channel.as_bytes().to_vec(), epoch)
    });
    let rows = tx
        .query(
            "SELECT channel, epoch, wrapped_under, wrapped FROM message_key
             WHERE (channel, epoch) > ($1, $2) AND wrapped_under <> $3 ORDER BY channel, epoch LIMIT $4",
            params![channel, epoch, newest, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let wrapped = Wrapped {
                key: row.get(2)?,
                bytes: row.get(3)?,
            };
            Ok((row.get(0)?, row.get(1)?, wrapped))
        })
        .collect()
}

/// Stores a key wrapped again, if the row is unchanged. Returns whether it was.
pub(crate) async fn set_wrapped(
    tx: &mut Transaction<'_>,
    (channel, epoch): (ChannelId, KeyEpoch),
    before: u32,
    wrapped: &Wrapped,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "UPDATE message_key SET wrapped_under = $1, wrapped = $2
             WHERE channel = $3 AND epoch = $4 AND wrapped_under = $5",
            params![wrapped.key, &wrapped.bytes, channel, epoch, before],
        )
        .await?;
    Ok(rows > 0)
}

/// Destroys keys that were replaced at `before` or earlier, with their grants, at most `limit`. Returns the destroyed
/// ones.
pub(crate) async fn destroy(
    tx: &mut Transaction<'_>,
    before: Time,
    at_most: usize,
) -> Result<Vec<(ChannelId, KeyEpoch)>, DatabaseError> {
    let rows = tx
        .query(
            "DELETE FROM message_key WHERE (channel, epoch) IN
                (SELECT channel, epoch FROM message_key WHERE superseded_ms <= $1 ORDER BY superseded_ms LIMIT $2)
             RETURNING channel, epoch",
            params![before, limit(at_most)],
        )
        .await?;
    let mut destroyed = Vec::with_capacity(rows.len());
    for row in &rows {
        let (channel, epoch): (ChannelId, KeyEpoch) = (row.get(0)?, row.get(1)?);
        tx.execute(
            "DELETE FROM device_grant WHERE channel = $1 AND epoch = $2",
            params![channel, epoch],
        )
        .await?;
        destroyed.push((channel, epoch));
    }
    Ok(destroyed)
}

/// Destroys all keys of a channel. Returns their epochs.
pub(crate) async fn destroy_all(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<Vec<KeyEpoch>, DatabaseError> {
    let rows = tx
        .query(
            "DELETE FROM message_key WHERE channel = $1 RETURNING epoch",
            params![channel],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}
