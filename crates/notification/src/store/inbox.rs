//! Events that wait, and those that could not be processed.

use super::{SubjectIndex, limit};
use bytes::Bytes;
use database::{DatabaseError, Transaction, params};
use protocol::BlindSubject;
use types::{ChannelId, Sequence, Time};

/// Events of one subject that wait for one channel at most; those beyond are fetched from the core bank in their turn.
const WAITING_MAX: usize = 1_000;

/// In place of a channel, for what could not be processed.
const NO_CHANNEL: [u8; 0] = [];

/// An event that waits for a channel.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// For which channel.
    pub(crate) channel: ChannelId,
    /// Of which subject.
    pub(crate) subject: SubjectIndex,
    /// Its sequence.
    pub(crate) sequence: Sequence,
    /// As it came.
    pub(crate) event: Bytes,
}

/// Keeps an event for a channel; one that is kept already stays.
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

/// Which channels wait for events of which subjects; after a place in that order.
pub(crate) async fn places(
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

/// Which channels wait for events of a subject.
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

/// The events that wait for a channel, those of one subject in their order.
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

/// A channel need not wait any longer for the events of a subject up to that sequence.
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

/// Keeps an event that could not be processed, under what its attributes say; one without readable attributes under
/// the hash of its bytes. Answers whether it is news.
pub(crate) async fn insert_unprocessable(
    tx: &mut Transaction<'_>,
    subject: BlindSubject,
    sequence: Sequence,
    event: &[u8],
    now: Time,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "INSERT INTO inbox (channel, subject, sequence, event, received_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (channel, subject, sequence) DO NOTHING",
            params![NO_CHANNEL, subject.as_bytes(), sequence, event, now],
        )
        .await?;
    Ok(rows > 0)
}

/// Stops a subject; answers whether it went on until now.
pub(crate) async fn stop(
    tx: &mut Transaction<'_>,
    subject: BlindSubject,
    reason: &str,
    now: Time,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "INSERT INTO stopped (subject, reason, time_ms) VALUES ($1, $2, $3) ON CONFLICT (subject) DO NOTHING",
            params![subject.as_bytes(), reason, now],
        )
        .await?;
    Ok(rows > 0)
}

/// Lets a subject go on, and forgets what stopped it. Answers whether it was stopped.
pub(crate) async fn release(
    tx: &mut Transaction<'_>,
    subject: BlindSubject,
) -> Result<bool, DatabaseError> {
    tx.execute(
        "DELETE FROM inbox WHERE channel = $1 AND subject = $2",
        params![NO_CHANNEL, subject.as_bytes()],
    )
    .await?;
    let rows = tx
        .execute(
            "DELETE FROM stopped WHERE subject = $1",
            params![subject.as_bytes()],
        )
        .await?;
    Ok(rows > 0)
}

/// A subject that is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedSubject {
    /// The subject, blinded as pub/sub sees it.
    pub subject: BlindSubject,
    /// The check that its event failed, a stable word.
    pub reason: String,
    /// Since when.
    pub since: Time,
}

/// The subjects that are stopped.
pub(crate) async fn stopped(
    tx: &mut Transaction<'_>,
) -> Result<Vec<StoppedSubject>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT subject, reason, time_ms FROM stopped ORDER BY time_ms",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(StoppedSubject {
                subject: BlindSubject::new(row.get(0)?),
                reason: row.get(1)?,
                since: row.get(2)?,
            })
        })
        .collect()
}
