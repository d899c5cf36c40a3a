//! Proposals, as those see them who made them or may answer them.

use super::errors::StaffError;
use super::session::Caller;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::proposal::{self, ProposalRow};
use crate::store::staff::{self, StaffRow};
use database::Transaction;
use protocol::http::{self, ActOutcome, ProposalState, StaffAct, StaffMember};
use types::{Eyes, StaffAction};

impl Ciam {
    /// The member's own proposals, and those that the member may answer.
    pub(crate) async fn proposals(
        &self,
        caller: Caller,
    ) -> Result<Vec<http::ProposalRow>, StaffError> {
        let ciam = self.clone();
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    let mut shown = Vec::new();
                    for row in proposal::all(tx).await? {
                        let act = ciam.proposed_act(&row)?;
                        let is_own = row.staff == member.staff;
                        if is_own || ciam.may_act(tx, &member, &act, Eyes::Approving).await? {
                            let proposer = staff::find(tx, row.staff).await?;
                            let names = (&member, proposer.as_ref());
                            shown.push(ciam.shown_proposal(&row, act, names)?);
                        }
                    }
                    Ok(shown)
                },
            )
            .await
    }

    fn shown_proposal(
        &self,
        row: &ProposalRow,
        act: StaffAct,
        (reader, proposer): (&StaffRow, Option<&StaffRow>),
    ) -> Result<http::ProposalRow, Failure> {
        let answer = row.answer.as_ref();
        let outcome = answer.and_then(|answer| answer.outcome.as_ref());
        let state = match (answer, outcome) {
            (Some(_), Some(_)) => ProposalState::Done,
            (Some(_), None) => ProposalState::Refused,
            (None, _) if row.expires < self.now() => ProposalState::Expired,
            (None, _) => ProposalState::Waiting,
        };
        let outcome = outcome.filter(|_| row.staff == reader.staff);
        let outcome = outcome
            .map(|sealed| self.open_outcome(sealed))
            .transpose()?;
        let name = proposer.map(|proposer| self.open_staff_name(&proposer.name));
        Ok(http::ProposalRow {
            proposal: row.proposal,
            act,
            reason: self.open_proposal(&row.reason)?,
            by: row.staff,
            by_name: name.transpose()?.unwrap_or_default(),
            made: row.made,
            expires: row.expires,
            state,
            answered_by: answer.map(|answer| answer.by),
            answer_reason: answer
                .map(|answer| self.open_proposal(&answer.reason))
                .transpose()?,
            outcome,
        })
    }

    pub(super) fn proposed_act(&self, row: &ProposalRow) -> Result<StaffAct, Failure> {
        serde_json::from_str(&self.open_proposal(&row.act)?).map_err(|_| Failure::Text)
    }

    pub(super) fn open_outcome(&self, sealed: &[u8]) -> Result<ActOutcome, Failure> {
        serde_json::from_str(&self.open_proposal(sealed)?).map_err(|_| Failure::Text)
    }

    /// The staff.
    pub(crate) async fn staff_members(
        &self,
        caller: Caller,
    ) -> Result<Vec<StaffMember>, StaffError> {
        let ciam = self.clone();
        let listed = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    let action = StaffAction::ListStaff;
                    if !ciam.may_look(tx, &member, action, None).await? {
                        return Ok(Err(ciam.forbidden(tx, (&member, action), None).await?));
                    }
                    Ok(Ok(staff::all(tx).await?))
                },
            )
            .await??;
        let shown = listed.iter().map(|row| Ok(self.shown_member(row)?));
        shown.collect()
    }
}
