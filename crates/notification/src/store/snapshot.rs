//! Snapshots with their parts, each stored for the device that it was made for.

use super::limit;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, DeviceId, Incarnation, KeyEpoch, Position, SnapshotId, Time};

/// How long a snapshot's parts and pages can be requested.
const KEPT_MS: u64 = 86_400_000;

/// Stored snapshots per device: the newest.
const KEPT_OF_DEVICE: usize = 2;

/// Maximum parts in one query.
const PARTS_TOGETHER: usize = 64;

/// A snapshot, as stored.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotRow {
    pub(crate) id: SnapshotId,
    pub(crate) channel: ChannelId,
    /// The device that requested it.
    pub(crate) device: DeviceId,
    /// The channel's position in the snapshot.
    pub(crate) at: Position,
    /// The key epoch under which its parts and pages are sealed.
    pub(crate) epoch: KeyEpoch,
    /// The incarnation of the core bank's books from which it was made.
    pub(crate) incarnation: Incarnation,
}

/// A part, as stored.
#[derive(Debug, Clone)]
pub(crate) struct PartRow {
    /// The part as sent to the device: an Encrypt0.
    pub(crate) bytes: Vec<u8>,
    /// How far the histories of its accounts go, sealed.
    pub(crate) histories: Vec<u8>,
}

/// Stores a snapshot, and deletes those of its device that are no longer among the newest.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &SnapshotRow,
    parts: &[PartRow],
    now: Time,
) -> Result<(), DatabaseError> {
    let row_id: i64 = tx
        .query_one(
            "INSERT INTO snapshot (id, channel, device, generation, number, epoch, incarnation, made_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING place",
            params![
                row.id.as_bytes(),
                row.channel,
                row.device,
                row.at.generation,
                row.at.number,
                row.epoch,
                row.incarnation,
                now
            ],
        )
        .await?
        .get(0)?;
    for (number, part) in (1_i64..).zip(parts) {
        tx.execute(
            "INSERT INTO snapshot_part (snapshot, part, bytes, histories) VALUES ($1, $2, $3, $4)",
            params![row_id, number, &part.bytes, &part.histories],
        )
        .await?;
    }
    let older = tx
        .query(
            "SELECT place FROM snapshot WHERE channel = $1 AND device = $2 AND place NOT IN
                (SELECT place FROM snapshot WHERE channel = $3 AND device = $4 ORDER BY place DESC LIMIT $5)",
            params![
                row.channel,
                row.device,
                row.channel,
                row.device,
                limit(KEPT_OF_DEVICE)
            ],
        )
        .await?;
    for row in older {
        remove(tx, row.get(0)?).await?;
    }
    Ok(())
}

async fn remove(tx: &mut Transaction<'_>, row_id: i64) -> Result<(), DatabaseError> {
    let parts = "DELETE FROM snapshot_part WHERE snapshot = $1";
    tx.execute(parts, params![row_id]).await?;
    let snapshot = "DELETE FROM snapshot WHERE place = $1";
    tx.execute(snapshot, params![row_id]).await?;
    Ok(())
}

/// Deletes snapshots that are too old to be requested, at most `limit`. Returns their number.
pub(crate) async fn forget_old(
    tx: &mut Transaction<'_>,
    now: Time,
    at_most: usize,
) -> Result<usize, DatabaseError> {
    let old = tx
        .query(
            "SELECT place FROM snapshot WHERE made_ms < $1 ORDER BY made_ms LIMIT $2",
            params![now.minus_ms(KEPT_MS), limit(at_most)],
        )
        .await?;
    for row in &old {
        remove(tx, row.get(0)?).await?;
    }
    Ok(old.len())
}

/// A snapshot of a device with its row id, while it can be requested.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    (channel, device): (ChannelId, DeviceId),
    id: SnapshotId,
    now: Time,
) -> Result<Option<(i64, SnapshotRow)>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT place, generation, number, epoch, incarnation FROM snapshot
             WHERE id = $1 AND channel = $2 AND device = $3 AND made_ms >= $4",
            params![id.as_bytes(), channel, device, now.minus_ms(KEPT_MS)],
        )
        .await?;
    row.map(|row| {
        let snapshot = SnapshotRow {
            id,
            channel,
            device,
            at: Position::new(row.get(1)?, row.get(2)?),
            epoch: row.get(3)?,
            incarnation: row.get(4)?,
        };
        Ok((row.get(0)?, snapshot))
    })
    .transpose()
}

/// Consecutive parts of a snapshot, from number `from` on, together of at most `bytes_max`, but at least one if there
/// is one.
pub(crate) async fn parts(
    tx: &mut Transaction<'_>,
    row_id: i64,
    from: u64,
    bytes_max: usize,
) -> Result<Vec<Vec<u8>>, DatabaseError> {
    // A device may request any number.
    let Ok(from) = i64::try_from(from) else {
        return Ok(Vec::new());
    };
    let rows = tx
        .query(
            "SELECT bytes FROM snapshot_part WHERE snapshot = $1 AND part >= $2 ORDER BY part LIMIT $3",
            params![row_id, from, limit(PARTS_TOGETHER)],
        )
        .await?;
    let parts: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<_, _>>()?;
    Ok(within(parts, bytes_max))
}

/// The sealed histories of a part.
pub(crate) async fn histories(
    tx: &mut Transaction<'_>,
    row_id: i64,
    part: u64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let Ok(part) = i64::try_from(part) else {
        return Ok(None);
    };
    tx.query_optional(
        "SELECT histories FROM snapshot_part WHERE snapshot = $1 AND part = $2",
        params![row_id, part],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// The first of `pieces` that have together at most `bytes_max`, but at least one.
pub(crate) fn within(pieces: Vec<Vec<u8>>, bytes_max: usize) -> Vec<Vec<u8>> {
    let mut bytes: usize = 0;
    let fits = |(index, piece): &(usize, Vec<u8>)| {
        bytes = bytes.saturating_add(piece.len());
        *index == 0 || bytes <= bytes_max
    };
    let pieces = pieces.into_iter().enumerate().take_while(fits);
    pieces.map(|(_, piece)| piece).collect()
}
