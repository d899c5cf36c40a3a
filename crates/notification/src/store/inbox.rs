//! Waiting events, unreadable events, and stopped subjects.

use super::{SubjectIndex, limit};
use bytes::Bytes;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, Hash, Sequence, Time};

/// Maximum events of one subject that wait for one channel. Further events are fetched from the core bank in their
/// turn.
const WAITING_MAX: usize = 1_000;

/// Maximum stored unreadable events. Further ones are only logged.
const UNREADABLE_MAX: usize = 1_000;

/// Replaces the channel's id in rows of unreadable events.
const NO_CHANNEL: [u8; 0] = [];

/// An event that waits for a channel.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// The channel.
    pub(crate) channel: ChannelId,
    /// The subject.
    pub(crate) subject: SubjectIndex,
    /// Its sequence.
    pub(crate) sequence: Sequence,
    /// The bytes as received.
    pub(crate) event: Bytes,
}

/// Stores an event for a channel; an existing one stays.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    waiting: &Waiting,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO inbox (channel, subject, sequence, event, received_ms)
         SELECT $1, $2, $3, $4, $5
         WHERE (SELECT COUNT(*) FROM inbox WHERE channel = $6 AND subject = $7) < $8
         ON CONFLICT (channel, subject, sequence) DO NOTHING",
        params![
            waiting.channel,
            waiting.subject.0,
            waiting.sequence,
            waiting.event.as_ref(),
            now,
            waiting.channel,
            waiting.subject.0,
            limit(WAITING_MAX)
        ],
    )
    .await?;
    Ok(())
}

/// The number of waiting events.
pub(crate) async fn count(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    let sql = "SELECT COUNT(*) FROM inbox WHERE channel > $1";
    tx.query_one(sql, params![NO_CHANNEL]).await?.get(0)
}

/// Pairs of channel and subject with waiting events, after one pair in that order.
pub(crate) async fn pairs(
    tx: &mut Transaction<'_>,
    after: Option<(ChannelId, SubjectIndex)>,
    at_most: usize,
) -> Result<Vec<(ChannelId, SubjectIndex)>, DatabaseError> {
    let (channel, subject) = after.map_or((Vec::new(), Vec::new()), |(channel, subject)| {
        (channel.as_bytes().to_vec(), subject.0.to_vec())
    });
    let rows = tx
        .query(
            "SELECT DISTINCT channel, subject FROM inbox WHERE (channel, subject) > ($1, $2) AND channel <> $3
             ORDER BY channel, subject LIMIT $4",
            params![channel, subject, NO_CHANNEL, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, SubjectIndex(row.get(1)?))))
        .collect()
}

/// The channels with waiting events of a subject.
pub(crate) async fn waiting_for(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
) -> Result<Vec<ChannelId>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT DISTINCT channel FROM inbox WHERE subject = $1 AND channel <> $2",
            params![subject.0, NO_CHANNEL],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The waiting events of a channel, those of one subject in their order.
pub(crate) async fn of_channel(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: Option<SubjectIndex>,
    at_most: usize,
) -> Result<Vec<Waiting>, DatabaseError> {
    let subject = subject.map(|subject| subject.0.to_vec());
    let rows = tx
        .query(
            "SELECT subject, sequence, event FROM inbox WHERE channel = $1 AND subject = COALESCE($2, subject)
             ORDER BY subject, sequence LIMIT $3",
            params![channel, subject, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                channel,
                subject: SubjectIndex(row.get(0)?),
                sequence: row.get(1)?,
                event: Bytes::from(row.get::<Vec<u8>>(2)?),
            })
        })
        .collect()
}

/// Deletes a channel's waiting events of a subject up to that sequence.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: SubjectIndex,
    up_to: Sequence,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM inbox WHERE channel = $1 AND subject = $2 AND sequence <= $3",
        params![channel, subject.0, up_to],
    )
    .await?;
    Ok(())
}

/// Deletes one waiting event.
pub(crate) async fn forget_one(
    tx: &mut Transaction<'_>,
    waiting: &Waiting,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM inbox WHERE channel = $1 AND subject = $2 AND sequence = $3",
        params![waiting.channel, waiting.subject.0, waiting.sequence],
    )
    .await?;
    Ok(())
}

/// Deletes all waiting events of a channel.
pub(crate) async fn forget_channel(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM inbox WHERE channel = $1", params![channel])
        .await?;
    Ok(())
}

/// Stores an unreadable event under the hash of its bytes, if there is room. Returns whether it was stored now.
pub(crate) async fn insert_unreadable(
    tx: &mut Transaction<'_>,
    name: &Hash,
    event: &[u8],
    now: Time,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "INSERT INTO inbox (channel, subject, sequence, event, received_ms)
             SELECT $1, $2, 0, $3, $4 WHERE (SELECT COUNT(*) FROM inbox WHERE channel = $5) < $6
             ON CONFLICT (channel, subject, sequence) DO NOTHING",
            params![
                NO_CHANNEL,
                name,
                event,
                now,
                NO_CHANNEL,
                limit(UNREADABLE_MAX)
            ],
        )
        .await?;
    Ok(rows > 0)
}

/// A stopped subject, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Stopped {
    pub(crate) index: SubjectIndex,
    /// Its id, sealed.
    pub(crate) id: Vec<u8>,
    /// The event that cannot be processed.
    pub(crate) sequence: Sequence,
    /// The check that the event failed.
    pub(crate) reason: String,
    pub(crate) since: Time,
}

/// Stops a subject. Returns whether it was not stopped before.
pub(crate) async fn stop(tx: &mut Transaction<'_>, row: &Stopped) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "INSERT INTO stopped (subject, id, sequence, reason, time_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (subject) DO NOTHING",
            params![row.index.0, &row.id, row.sequence, &row.reason, row.since],
        )
        .await?;
    Ok(rows > 0)
}

/// Releases a subject. Returns the sequence of the event at which it had stopped.
pub(crate) async fn release(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
) -> Result<Option<Sequence>, DatabaseError> {
    tx.query_optional(
        "DELETE FROM stopped WHERE subject = $1 RETURNING sequence",
        params![subject.0],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// The stopped subjects, oldest first.
pub(crate) async fn stopped(
    tx: &mut Transaction<'_>,
    at_most: usize,
) -> Result<Vec<Stopped>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT subject, id, sequence, reason, time_ms FROM stopped ORDER BY time_ms LIMIT $1",
            params![limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Stopped {
                index: SubjectIndex(row.get(0)?),
                id: row.get(1)?,
                sequence: row.get(2)?,
                reason: row.get(3)?,
                since: row.get(4)?,
            })
        })
        .collect()
}

/// The indices of the stopped subjects.
pub(crate) async fn stopped_indices(
    tx: &mut Transaction<'_>,
) -> Result<Vec<SubjectIndex>, DatabaseError> {
    let rows = tx.query("SELECT subject FROM stopped", &[]).await?;
    rows.iter()
        .map(|row| Ok(SubjectIndex(row.get(0)?)))
        .collect()
}

/// Whether a channel's customer holds a stopped subject.
pub(crate) async fn follows_stopped(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<bool, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT 1 FROM stopped JOIN seen ON seen.subject = stopped.subject
             WHERE seen.channel = $1 AND seen.holding = 1 LIMIT 1",
            params![channel],
        )
        .await?;
    Ok(row.is_some())
}
