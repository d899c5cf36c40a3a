//! Subjects of which somebody lacks something that pub/sub did not deliver.

use super::{SubjectIndex, limit};
use database::{DatabaseError, Transaction, params};
use types::Sequence;

/// A subject as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Lagging {
    /// By what it is known in these tables.
    pub(crate) index: SubjectIndex,
    /// Its id, sealed.
    pub(crate) subject: Vec<u8>,
    /// After which sequence somebody may lack something.
    pub(crate) after: Sequence,
}

/// Keeps a subject; of one that is kept already, what begins earlier stays.
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

/// Forgets a subject of which nobody lacks what comes after `after`.
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

/// The subjects, in the order of their indices.
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
