//! Messages, stored until the broker has acknowledged them and no backup of the broker can lack them.

use super::limit;
use bytes::Bytes;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, Generation, Hash, Number, Position, Time};

/// How long the broker may refuse a channel's messages before an alarm. 10 minutes.
const STUCK_MS: u64 = 600_000;

/// Each channel with messages that the broker lacks, with the first of them.
macro_rules! first_unsent {
    () => {
        "channel JOIN outgoing ON outgoing.channel = channel.channel AND outgoing.generation = channel.generation
            AND outgoing.number = (CASE WHEN channel.sent < 0 THEN 1 ELSE channel.sent + 1 END)
            WHERE channel.sent < channel.number"
    };
}

/// A message, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Its number.
    pub(crate) number: Number,
    /// Its bytes as transmitted.
    pub(crate) bytes: Bytes,
}

/// Stores a message; its number must be new.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    at: Position,
    hash: Hash,
    bytes: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO outgoing (channel, generation, number, hash, bytes) VALUES ($1, $2, $3, $4, $5)",
        params![channel, at.generation, at.number, hash, bytes],
    )
    .await?;
    Ok(())
}

/// The stored messages after a position, in order.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    after: Position,
    at_most: usize,
) -> Result<Vec<Kept>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT number, bytes FROM outgoing WHERE channel = $1 AND generation = $2 AND number > $3
             ORDER BY number LIMIT $4",
            params![channel, after.generation, after.number, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                number: row.get(0)?,
                bytes: Bytes::from(row.get::<Vec<u8>>(1)?),
            })
        })
        .collect()
}

/// H(number), if that message is stored.
pub(crate) async fn hash(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    at: Position,
) -> Result<Option<Hash>, DatabaseError> {
    tx.query_optional(
        "SELECT hash FROM outgoing WHERE channel = $1 AND generation = $2 AND number = $3",
        params![channel, at.generation, at.number],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// The oldest message that the broker has not acknowledged. Starts at the stored acknowledged position, except for
/// stuck channels.
pub(crate) async fn oldest_unsent(
    tx: &mut Transaction<'_>,
) -> Result<Option<Bytes>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT bytes FROM outgoing WHERE id = (SELECT MIN(id) FROM (
                SELECT MIN(outgoing.id) AS id FROM outgoing JOIN channel ON channel.channel = outgoing.channel
                    WHERE outgoing.id > (SELECT COALESCE(MAX(up_to), 0) FROM acknowledged)
                    AND outgoing.generation = channel.generation AND outgoing.number > channel.sent
                UNION ALL
                SELECT MIN(outgoing.id) FROM stuck JOIN channel ON channel.channel = stuck.channel
                    JOIN outgoing ON outgoing.channel = channel.channel AND outgoing.generation = channel.generation
                    WHERE stuck.taken_ms IS NULL AND outgoing.number > channel.sent) AS oldest)",
            &[],
        )
        .await?;
    row.map(|row| Ok(Bytes::from(row.get::<Vec<u8>>(0)?)))
        .transpose()
}

/// Deletes all generations of a channel before that one.
pub(crate) async fn forget_before(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    generation: Generation,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM outgoing WHERE channel = $1 AND generation < $2",
        params![channel, generation],
    )
    .await?;
    Ok(())
}

/// Stores up to which row all messages are acknowledged now. If the broker accepts no message of a channel for
/// [`STUCK_MS`], the channel counts as stuck: it delays the deletion of no other channel's messages, and its own are
/// kept. Returns the newly stuck channels.
pub(crate) async fn note_acknowledged(
    tx: &mut Transaction<'_>,
    now: Time,
) -> Result<Vec<ChannelId>, DatabaseError> {
    let stuck = tx
        .query(
            concat!(
                "INSERT INTO stuck (channel, taken_ms) SELECT channel.channel, NULL FROM ",
                first_unsent!(),
                " AND outgoing.id <= (SELECT COALESCE(MAX(newest), 0) FROM acknowledged WHERE time_ms <= $1)
                    AND channel.channel NOT IN (SELECT channel FROM stuck WHERE taken_ms IS NULL)
                 ON CONFLICT (channel) DO UPDATE SET taken_ms = NULL RETURNING channel"
            ),
            params![now.minus_ms(STUCK_MS)],
        )
        .await?;
    tx.execute(
        "UPDATE stuck SET taken_ms = $1 WHERE taken_ms IS NULL
            AND channel NOT IN (SELECT channel FROM channel WHERE sent < number)",
        params![now],
    )
    .await?;
    tx.execute(
        concat!(
            "INSERT INTO acknowledged (time_ms, up_to, newest)
             SELECT $1, COALESCE((SELECT MIN(outgoing.id) - 1 FROM ",
            first_unsent!(),
            " AND channel.channel NOT IN (SELECT channel FROM stuck WHERE taken_ms IS NULL)),
                (SELECT MAX(id) FROM outgoing), 0), COALESCE((SELECT MAX(id) FROM outgoing), 0)
             WHERE true
             ON CONFLICT (time_ms) DO UPDATE SET up_to = excluded.up_to, newest = excluded.newest"
        ),
        params![now],
    )
    .await?;
    stuck.iter().map(|row| row.get(0)).collect()
}

/// Deletes messages that were acknowledged at `before` or earlier, at most `limit`. Returns the number of deleted
/// messages.
pub(crate) async fn forget_acknowledged(
    tx: &mut Transaction<'_>,
    before: Time,
    at_most: usize,
) -> Result<usize, DatabaseError> {
    // A stuck channel's messages are kept equally long after the broker accepted them.
    tx.execute("DELETE FROM stuck WHERE taken_ms <= $1", params![before])
        .await?;
    let up_to: Option<i64> = tx
        .query_one(
            "SELECT MAX(up_to) FROM acknowledged WHERE time_ms <= $1",
            params![before],
        )
        .await?
        .get(0)?;
    let Some(up_to) = up_to else { return Ok(0) };
    let forgotten = tx
        .execute(
            "DELETE FROM outgoing WHERE id IN (SELECT id FROM outgoing WHERE id <= $1
                AND channel NOT IN (SELECT channel FROM stuck) ORDER BY id LIMIT $2)",
            params![up_to, limit(at_most)],
        )
        .await?;
    if forgotten < at_most {
        tx.execute(
            "DELETE FROM acknowledged WHERE time_ms < (SELECT MAX(time_ms) FROM acknowledged WHERE time_ms <= $1)",
            params![before],
        )
        .await?;
    }
    Ok(forgotten)
}
