//! Acts of the staff that wait for a second person.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ProposalId, StaffId, Time};

/// A proposed act.
#[derive(Debug, Clone)]
pub(crate) struct ProposalRow {
    pub(crate) proposal: ProposalId,
    /// Who proposed it.
    pub(crate) staff: StaffId,
    /// Sealed.
    pub(crate) act: Vec<u8>,
    /// Sealed.
    pub(crate) reason: Vec<u8>,
    /// Whom it is about, so that it is erased with them.
    pub(crate) customer: Option<CustomerIndex>,
    pub(crate) made: Time,
    pub(crate) expires: Time,
    pub(crate) answer: Option<AnswerRow>,
}

/// The answer of the second person.
#[derive(Debug, Clone)]
pub(crate) struct AnswerRow {
    pub(crate) by: StaffId,
    /// Sealed.
    pub(crate) reason: Vec<u8>,
    /// What the act brought about, sealed. `None` if it was refused.
    pub(crate) outcome: Option<Vec<u8>>,
}

impl ProposalRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let answer = match row.get("answered_by")? {
            Some(by) => Some(AnswerRow {
                by,
                reason: row.get("answer_reason")?,
                outcome: row.get("outcome")?,
            }),
            None => None,
        };
        Ok(Self {
            proposal: row.get("proposal")?,
            staff: row.get("staff")?,
            act: row.get("act")?,
            reason: row.get("reason")?,
            customer: row.get("customer_index")?,
            made: row.get("made_ms")?,
            expires: row.get("expires_ms")?,
            answer,
        })
    }
}

/// Stores a proposal.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &ProposalRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO proposal (proposal, staff, act, reason, customer_index, made_ms, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            row.proposal,
            row.staff,
            &row.act,
            &row.reason,
            row.customer,
            row.made,
            row.expires,
        ],
    )
    .await?;
    Ok(())
}

/// The proposal with that id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    proposal: ProposalId,
) -> Result<Option<ProposalRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM proposal WHERE proposal = $1",
            params![proposal],
        )
        .await?;
    row.as_ref().map(ProposalRow::read).transpose()
}

/// All proposals, the oldest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<ProposalRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM proposal ORDER BY made_ms, proposal",
            params![],
        )
        .await?;
    rows.iter().map(ProposalRow::read).collect()
}

/// Stores the answer, unless there is one.
pub(crate) async fn answer(
    tx: &mut Transaction<'_>,
    proposal: ProposalId,
    answer: &AnswerRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE proposal SET answered_by = $1, answer_reason = $2, outcome = $3
         WHERE proposal = $4 AND answered_by IS NULL",
        params![answer.by, &answer.reason, answer.outcome.clone(), proposal],
    )
    .await?;
    Ok(())
}

/// Deletes the proposals that expired before `time`, with their outcomes.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM proposal WHERE expires_ms < $1", params![time])
        .await?;
    Ok(())
}

/// Deletes the proposals about a customer.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM proposal WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
