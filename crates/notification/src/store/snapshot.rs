//! What the pages of a snapshot are made again from.

use super::limit;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, KeyEpoch, Position, Time};

/// How long the pages of a snapshot can be asked for, however many come after it: a device may have years to fetch.
const KEPT_MS: u64 = 3_600_000;

/// Snapshots of one channel that are kept at most, and those that are kept however old they are.
const KEPT_MAX: usize = 256;
const KEPT_ALWAYS: usize = 8;

/// A snapshot as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotRow {
    /// The key epoch that its pages are sealed under.
    pub(crate) epoch: KeyEpoch,
    /// How far each account's history goes in it, sealed.
    pub(crate) accounts: Vec<u8>,
}

/// Keeps a snapshot in place of an older one of the same position, and forgets those of the channel that are
/// neither young nor its newest.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    at: Position,
    row: &SnapshotRow,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO snapshot (channel, generation, number, epoch, made_ms, accounts) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (channel, generation, number) DO UPDATE SET epoch = excluded.epoch, made_ms = excluded.made_ms,
            accounts = excluded.accounts",
        params![
            channel,
            at.generation,
            at.number,
            row.epoch,
            now,
            &row.accounts
        ],
    )
    .await?;
    tx.execute(
        "DELETE FROM snapshot WHERE channel = $1 AND (generation, number) NOT IN
            (SELECT generation, number FROM snapshot WHERE channel = $2 AND made_ms >= $3
                ORDER BY generation DESC, number DESC LIMIT $4)
            AND (generation, number) NOT IN
            (SELECT generation, number FROM snapshot WHERE channel = $5 ORDER BY generation DESC, number DESC LIMIT $6)",
        params![
            channel,
            channel,
            now.minus_ms(KEPT_MS),
            limit(KEPT_MAX),
            channel,
            limit(KEPT_ALWAYS)
        ],
    )
    .await?;
    Ok(())
}

/// The snapshot of a channel at a position, while it is kept.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    at: Position,
) -> Result<Option<SnapshotRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT epoch, accounts FROM snapshot WHERE channel = $1 AND generation = $2 AND number = $3",
            params![channel, at.generation, at.number],
        )
        .await?;
    row.map(|row| {
        Ok(SnapshotRow {
            epoch: row.get(0)?,
            accounts: row.get(1)?,
        })
    })
    .transpose()
}
