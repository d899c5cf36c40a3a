//! The last event of each subject that a channel has.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Transaction, params};
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

/// A channel that has events of a subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Follower {
    /// Which channel.
    pub(crate) channel: ChannelId,
    /// How far it is.
    pub(crate) seen: Seen,
}

/// The channels that have events of `subject`, at most `at_most`.
pub(crate) async fn followers(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    at_most: usize,
) -> Result<Vec<Follower>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT channel, sequence, holding FROM seen WHERE subject = $1 LIMIT $2",
            params![subject.0, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Follower {
                channel: row.get(0)?,
                seen: Seen {
                    sequence: row.get(1)?,
                    holding: row.get(2)?,
                },
            })
        })
        .collect()
}
