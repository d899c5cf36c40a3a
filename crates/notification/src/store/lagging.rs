//! Lagging subjects: some holder lacks events that pub/sub did not deliver.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Transaction, params};
use types::Sequence;

/// A lagging subject, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Lagging {
    /// Its index in these tables.
    pub(crate) index: SubjectIndex,
    /// Its id, sealed.
    pub(crate) subject: Vec<u8>,
    /// The sequence after which a holder may lack events.
    pub(crate) after: Sequence,
}

/// Stores a subject. If it is stored already, the lower sequence stays.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &Lagging) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO lagging (subject, id, after) VALUES ($1, $2, $3)
         ON CONFLICT (subject) DO UPDATE SET after =
            CASE WHEN excluded.after < lagging.after THEN excluded.after ELSE lagging.after END",
        params![row.index.0, &row.subject, row.after],
    )
    .await?;
    Ok(())
}

/// Deletes a subject of which no holder lacks events after `after`.
pub(crate) async fn remove(
    tx: &mut Transaction<'_>,
    subject: SubjectIndex,
    after: Sequence,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM lagging WHERE subject = $1 AND after >= $2",
        params![subject.0, after],
    )
    .await?;
    Ok(())
}

/// A page of the subjects, in the order of their indices.
pub(crate) async fn page(
    tx: &mut Transaction<'_>,
    after: Option<SubjectIndex>,
    at_most: usize,
) -> Result<Vec<Lagging>, DatabaseError> {
    let cursor = after.map_or(Vec::new(), |index| index.0.to_vec());
    let rows = tx
        .query(
            "SELECT subject, id, after FROM lagging WHERE subject > $1 ORDER BY subject LIMIT $2",
            params![cursor, limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Lagging {
                index: SubjectIndex(row.get(0)?),
                subject: row.get(1)?,
                after: row.get(2)?,
            })
        })
        .collect()
}
