//! The last event of each subject that a channel has.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Transaction, params};
use std::collections::HashMap;
use types::{ChannelId, Sequence};

/// How far a channel is in a subject's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The last event.
    pub(crate) sequence: Sequence,
    /// Whether the customer holds the subject as of it.
    pub(crate) holding: bool,
}

/// How far `channel` is in `subject`.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: SubjectIndex,
) -> Result<Option<Seen>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT sequence, holding FROM seen WHERE channel = $1 AND subject = $2",
            params![channel, subject.0],
        )
        .await?;
    row.map(|row| {
        Ok(Seen {
            sequence: row.get(0)?,
            holding: row.get(1)?,
        })
    })
    .transpose()
}

/// How far `channel` is in every subject of which it has events.
pub(crate) async fn of_channel(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<HashMap<SubjectIndex, Seen>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT subject, sequence, holding FROM seen WHERE channel = $1",
            params![channel],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let seen = Seen {
                sequence: row.get(1)?,
                holding: row.get(2)?,
            };
            Ok((SubjectIndex(row.get(0)?), seen))
        })
        .collect()
}

/// `channel` is that far in `subject`.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    subject: SubjectIndex,
    seen: Seen,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO seen (channel, subject, sequence, holding) VALUES ($1, $2, $3, $4)
         ON CONFLICT (channel, subject) DO UPDATE SET sequence = excluded.sequence, holding = excluded.holding",
        params![channel, subject.0, seen.sequence, seen.holding],
    )
    .await?;
    Ok(())
}

/// How far the channels are that have events of `subject`; of `at_most` of them.
pub(crate) async fn followers(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    at_most: usize,
) -> Result<Vec<Seen>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT sequence, holding FROM seen WHERE subject = $1 LIMIT $2",
            params![subject.0, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Seen {
                sequence: row.get(0)?,
                holding: row.get(1)?,
            })
        })
        .collect()
}
