//! Decisions that a person looks at.

use super::DecisionId;
use super::decision::DecisionRow;
use database::{DatabaseError, Transaction, params};
use types::Time;

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseRow {
    pub(crate) outcome: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) note: Option<String>,
}

/// Opens a case about a decision.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    decision: DecisionId,
    now: Time,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO risk_case (decision, opened_ms) VALUES ($1, $2)";
    tx.execute(insert, params![decision, now]).await?;
    Ok(())
}

pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    decision: DecisionId,
) -> Result<Option<CaseRow>, DatabaseError> {
    let select = "SELECT outcome, person, note FROM risk_case WHERE decision = $1";
    let row = tx.query_optional(select, params![decision]).await?;
    row.map(|row| {
        Ok(CaseRow {
            outcome: row.get("outcome")?,
            person: row.get("person")?,
            note: row.get("note")?,
        })
    })
    .transpose()
}

/// The open cases, the oldest first.
pub(crate) async fn open(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<DecisionRow>, DatabaseError> {
    let select =
        "SELECT decision.* FROM risk_case JOIN decision ON decision.decision = risk_case.decision
        WHERE risk_case.outcome IS NULL ORDER BY risk_case.opened_ms LIMIT $1";
    let rows = tx.query(select, params![limit]).await?;
    rows.iter().map(DecisionRow::read).collect()
}

/// Closes an open case. Returns whether it was open.
pub(crate) async fn close(
    tx: &mut Transaction<'_>,
    decision: DecisionId,
    (outcome, person, note): (&str, &str, &str),
    now: Time,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE risk_case SET outcome = $1, person = $2, note = $3, closed_ms = $4
        WHERE decision = $5 AND outcome IS NULL";
    let values = params![outcome, person, note, now, decision];
    Ok(tx.execute(update, values).await? > 0)
}
