//! Every decision, as it was made.

use super::{DecisionId, Index};
use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// A decision.
#[derive(Debug, Clone)]
pub(crate) struct DecisionRow {
    pub(crate) decision: DecisionId,
    pub(crate) customer: Index,
    /// The order's or login's id.
    pub(crate) id: String,
    pub(crate) at: Time,
    pub(crate) score: u8,
    pub(crate) action: String,
    pub(crate) version: u32,
    pub(crate) sealed: Vec<u8>,
}

impl DecisionRow {
    pub(crate) fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            decision: row.get("decision")?,
            customer: row.get("customer")?,
            id: row.get("id")?,
            at: row.get("at_ms")?,
            score: row.get("score")?,
            action: row.get("action")?,
            version: row.get("version")?,
            sealed: row.get("sealed")?,
        })
    }
}

pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &DecisionRow,
) -> Result<(), DatabaseError> {
    let insert =
        "INSERT INTO decision (decision, customer, id, at_ms, score, action, version, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        row.decision,
        row.customer,
        &row.id,
        row.at,
        row.score,
        &row.action,
        row.version,
        &row.sealed
    ];
    tx.execute(insert, values).await?;
    Ok(())
}

/// A decision by its id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    decision: DecisionId,
) -> Result<Option<DecisionRow>, DatabaseError> {
    let select = "SELECT * FROM decision WHERE decision = $1";
    let row = tx.query_optional(select, params![decision]).await?;
    row.as_ref().map(DecisionRow::read).transpose()
}

/// The newest decision about an order or login.
pub(crate) async fn newest_of(
    tx: &mut Transaction<'_>,
    id: &str,
) -> Result<Option<DecisionRow>, DatabaseError> {
    let select = "SELECT * FROM decision WHERE id = $1 ORDER BY at_ms DESC LIMIT 1";
    let row = tx.query_optional(select, params![id]).await?;
    row.as_ref().map(DecisionRow::read).transpose()
}

/// Decisions before a moment and id, the newest first.
pub(crate) async fn before(
    tx: &mut Transaction<'_>,
    (at, decision): (Time, DecisionId),
    since: Time,
    limit: u32,
) -> Result<Vec<DecisionRow>, DatabaseError> {
    let select =
        "SELECT * FROM decision WHERE at_ms <= $1 AND (at_ms < $1 OR decision < $2) AND at_ms >= $3
        ORDER BY at_ms DESC, decision DESC LIMIT $4";
    let rows = tx
        .query(select, params![at, decision, since, limit])
        .await?;
    rows.iter().map(DecisionRow::read).collect()
}
