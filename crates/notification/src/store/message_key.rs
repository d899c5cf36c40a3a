//! Message keys, wrapped by the vault.

use database::{DatabaseError, Transaction, params};
use types::{ChannelId, KeyEpoch, Number};
use vault::Wrapped;

/// A message key as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct MessageKeyRow {
    /// Its epoch.
    pub(crate) epoch: KeyEpoch,
    /// The first message under it.
    pub(crate) first_number: Number,
    /// The key, wrapped.
    pub(crate) wrapped: Wrapped,
}

/// Keeps a new key.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    row: &MessageKeyRow,
) -> Result<(), DatabaseError> {
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
