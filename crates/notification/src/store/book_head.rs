//! The newest events of followed subjects, during a comparison with the core bank's books.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, Hash, Sequence};

/// Copies the channels' newest events, for a comparison with heads that are read afterwards.
pub(crate) async fn begin(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    clear(tx).await?;
    tx.execute(
        "INSERT INTO book_seen (channel, subject, sequence, hash) SELECT channel, subject, sequence, hash FROM seen",
        &[],
    )
    .await?;
    Ok(())
}

/// Deletes the copied and stored heads.
pub(crate) async fn clear(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM book_seen", &[]).await?;
    tx.execute("DELETE FROM book_head", &[]).await?;
    Ok(())
}

/// Stores the newest event of a subject, with the subject's sealed id, if a channel follows it.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    id: &[u8],
    (sequence, hash): (Sequence, Hash),
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO book_head (subject, id, sequence, hash)
         SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM book_seen WHERE subject = $5)
         ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
        params![subject.0, id, sequence, hash, subject.0],
    )
    .await?;
    Ok(())
}

/// An event of a channel that is older than its subject's newest event in the books.
#[derive(Debug, Clone)]
pub(crate) struct Older {
    pub(crate) subject: SubjectIndex,
    /// The subject's id, sealed.
    pub(crate) id: Vec<u8>,
    pub(crate) sequence: Sequence,
}

/// The events to look up in the books, after one of them in the order of subject and sequence.
pub(crate) async fn older(
    tx: &mut Transaction<'_>,
    after: Option<(SubjectIndex, Sequence)>,
    at_most: usize,
) -> Result<Vec<Older>, DatabaseError> {
    let (subject, sequence) = after.map_or((Vec::new(), Sequence::ZERO), |(subject, sequence)| {
        (subject.0.to_vec(), sequence)
    });
    let rows = tx
        .query(
            "SELECT DISTINCT seen.subject, book_head.id, seen.sequence
             FROM book_seen AS seen JOIN book_head ON book_head.subject = seen.subject
             WHERE seen.sequence > 0 AND seen.sequence < book_head.sequence AND seen.hash IS NOT NULL
                AND (seen.subject, seen.sequence) > ($1, $2)
             ORDER BY seen.subject, seen.sequence LIMIT $3",
            params![subject, sequence, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Older {
                subject: SubjectIndex(row.get(0)?),
                id: row.get(1)?,
                sequence: row.get(2)?,
            })
        })
        .collect()
}

/// Channels whose event of a subject with that sequence has a different content.
pub(crate) async fn otherwise(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    (sequence, hash): (Sequence, Option<Hash>),
) -> Result<Vec<ChannelId>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT channel FROM book_seen AS seen WHERE subject = $1 AND sequence = $2 AND hash IS NOT NULL AND hash <> $3",
            params![subject.0, sequence, hash.map_or(Vec::new(), |hash| hash.as_bytes().to_vec())],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Channels with an event beyond the books' newest event of its subject, or of a subject that the books do not have.
pub(crate) async fn beyond(tx: &mut Transaction<'_>) -> Result<Vec<ChannelId>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT DISTINCT seen.channel FROM book_seen AS seen LEFT JOIN book_head ON book_head.subject = seen.subject
             WHERE seen.sequence > COALESCE(book_head.sequence, 0)",
            &[],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Channels whose event differs from the books' event with the same sequence.
pub(crate) async fn differing(tx: &mut Transaction<'_>) -> Result<Vec<ChannelId>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT DISTINCT seen.channel FROM book_seen AS seen JOIN book_head ON book_head.subject = seen.subject
             WHERE seen.sequence = book_head.sequence AND seen.hash IS NOT NULL AND seen.hash <> book_head.hash",
            &[],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}
