//! The last event of each subject in each channel.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Row, Transaction, params};
use std::collections::HashMap;
use types::{ChannelId, Hash, Sequence};

/// A channel's progress in a subject's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The sequence of the last event.
    pub(crate) sequence: Sequence,
    /// Whether the customer holds the subject as of that event.
    pub(crate) holding: bool,
    /// The hash of the event's entry, if known.
    pub(crate) hash: Option<Hash>,
}

/// Reads the columns sequence, holding, hash.
fn read(row: &Row) -> Result<Seen, DatabaseError> {
    Ok(Seen {
        sequence: row.get(0)?,
        holding: row.get(1)?,
        hash: row.get(2)?,
    })
}

/// The progress of `channel` in `subject`.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: SubjectIndex,
) -> Result<Option<Seen>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT sequence, holding, hash FROM seen WHERE channel = $1 AND subject = $2",
            params![channel, subject.0],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// The progress of `channel` in every subject of which it has events.
pub(crate) async fn of_channel(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<HashMap<SubjectIndex, Seen>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT sequence, holding, hash, subject FROM seen WHERE channel = $1",
            params![channel],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((SubjectIndex(row.get(3)?), read(row)?)))
        .collect()
}

/// Stores the progress of `channel` in `subject`.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: SubjectIndex,
    seen: Seen,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO seen (channel, subject, sequence, holding, hash) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (channel, subject) DO UPDATE SET sequence = excluded.sequence, holding = excluded.holding,
            hash = excluded.hash",
        params![channel, subject.0, seen.sequence, seen.holding, seen.hash],
    )
    .await?;
    Ok(())
}

/// Deletes the progress of a channel in all subjects.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM seen WHERE channel = $1", params![channel])
        .await?;
    Ok(())
}

/// The progress of the channels that have events of `subject`, at most `at_most`.
pub(crate) async fn followers(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    at_most: usize,
) -> Result<Vec<(ChannelId, Seen)>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT sequence, holding, hash, channel FROM seen WHERE subject = $1 LIMIT $2",
            params![subject.0, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get(3)?, read(row)?)))
        .collect()
}

/// The progress of the channels that have events of one of `subjects`.
pub(crate) async fn followers_of_each(
    tx: &mut Transaction<'_>,
    subjects: &[SubjectIndex],
) -> Result<HashMap<SubjectIndex, Vec<(ChannelId, Seen)>>, DatabaseError> {
    let indices: Vec<u8> = subjects.iter().flat_map(|subject| subject.0).collect();
    let statement = tx.dialect(
        "WITH RECURSIVE asked (at) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT at + 1 FROM asked WHERE at + 1 < $1)
         SELECT sequence, holding, hash, channel, subject FROM asked
         CROSS JOIN seen WHERE subject = SUBSTR($2, at * 16 + 1, 16)",
        "SELECT sequence, holding, hash, channel, subject FROM generate_series(0, CAST($1 AS INTEGER) - 1) AS at
         CROSS JOIN seen WHERE subject = SUBSTR(CAST($2 AS BYTEA), at * 16 + 1, 16)",
    );
    let values = params![limit(subjects.len()), indices];
    let rows = tx.query(statement, values).await?;
    let mut followers: HashMap<_, Vec<_>> = HashMap::new();
    for row in &rows {
        let follower = (row.get(3)?, read(row)?);
        let subject = SubjectIndex(row.get(4)?);
        followers.entry(subject).or_default().push(follower);
    }
    Ok(followers)
}
