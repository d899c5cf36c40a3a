//! The answer of the second person: what was approved is done in the transaction of the approval.

use super::carrying_out::Prepared;
use super::errors::StaffError;
use super::session::Caller;
use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::proposal::{self, AnswerRow, ProposalRow};
use crate::store::staff::{self, StaffRow};
use database::Transaction;
use protocol::http::{ActAnswer, ActOutcome, AnswerProposal, StaffAct};
use types::Eyes;

/// A proposal that the caller may answer, or has approved before.
struct Open {
    row: ProposalRow,
    act: StaffAct,
    by: StaffRow,
    /// What came of the caller's own earlier approval, whose answer may have been lost.
    outcome: Option<ActOutcome>,
}

impl Ciam {
    /// Approves a proposal, and does the act once. A repeated approval of the same person returns what came of it.
    pub(crate) async fn approve_proposal(
        &self,
        caller: Caller,
        request: AnswerProposal,
    ) -> Result<ActAnswer, StaffError> {
        let act = self.check_approval(caller, &request).await?;
        let prepared = self.prepare(&act).await?;
        let (ciam, approval, approved) = (self.clone(), request.clone(), act.clone());
        let outcome = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let open = ciam.to_approve(tx, caller, &approval).await?;
                    if let Some(outcome) = open.outcome {
                        return Ok(outcome);
                    }
                    let prepared = (&approved, &prepared);
                    ciam.carry_out_approved(tx, open, prepared, &approval.reason)
                        .await
                },
            )
            .await?;
        self.follow(&act).await?;
        Ok(ActAnswer::Done {
            outcome: without_code(outcome),
        })
    }

    async fn carry_out_approved(
        &self,
        tx: &mut Transaction<'_>,
        Open { row, by, .. }: Open,
        (act, prepared): (&StaffAct, &Prepared),
        reason: &str,
    ) -> Result<ActOutcome, StaffError> {
        let actor = BankActor {
            staff: Some(row.staff),
            reason: Some(self.open_proposal(&row.reason)?),
            approved_by: Some(by.staff),
        };
        let outcome = self.carry_out(tx, (act, prepared), &actor).await?;
        let stored = serde_json::to_string(&outcome).map_err(|_| Failure::Text)?;
        let answer = AnswerRow {
            by: by.staff,
            reason: self.seal_proposal(reason)?,
            outcome: Some(self.seal_proposal(&stored)?),
        };
        proposal::answer(tx, row.proposal, &answer).await?;
        let record = Act::ProposalAnswered {
            staff: by.staff,
            proposal: row.proposal,
            customer: row.customer,
            approved: true,
            reason: reason.to_owned(),
        };
        self.record(tx, &record).await?;
        Ok(outcome)
    }

    /// Refuses a proposal. Who made it may withdraw it in the same way.
    pub(crate) async fn refuse_proposal(
        &self,
        caller: Caller,
        request: AnswerProposal,
    ) -> Result<(), StaffError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let by = ciam.on_duty(tx, caller).await?;
                    let (row, act) = ciam.proposal_of(tx, &request).await?;
                    let is_own = row.staff == by.staff;
                    if !is_own && !ciam.may_act(tx, &by, &act, Eyes::Approving).await? {
                        let member = (&by, act.action());
                        return Ok(Err(ciam.forbidden(tx, member, row.customer).await?));
                    }
                    ciam.check_waiting(&row)?;
                    let answer = AnswerRow {
                        by: by.staff,
                        reason: ciam.seal_proposal(&request.reason)?,
                        outcome: None,
                    };
                    proposal::answer(tx, row.proposal, &answer).await?;
                    let record = Act::ProposalAnswered {
                        staff: by.staff,
                        proposal: row.proposal,
                        customer: row.customer,
                        approved: false,
                        reason: request.reason.clone(),
                    };
                    ciam.record(tx, &record).await?;
                    Ok(Ok(()))
                },
            )
            .await?
    }

    /// Refuses, and records, what the member must not approve. Returns the act.
    async fn check_approval(
        &self,
        caller: Caller,
        request: &AnswerProposal,
    ) -> Result<StaffAct, StaffError> {
        let (ciam, request) = (self.clone(), request.clone());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let refused = match ciam.to_approve(tx, caller, &request).await {
                        Ok(open) => return Ok(Ok(open.act)),
                        Err(refused) => refused,
                    };
                    if let StaffError::Forbidden | StaffError::OwnProposal = refused {
                        let by = ciam.on_duty(tx, caller).await?;
                        let (row, act) = ciam.proposal_of(tx, &request).await?;
                        ciam.forbidden(tx, (&by, act.action()), row.customer)
                            .await?;
                        return Ok(Err(refused));
                    }
                    Err(refused)
                },
            )
            .await?
    }

    /// The proposal, if the caller may approve it now, and its proposer may still propose it.
    async fn to_approve(
        &self,
        tx: &mut Transaction<'_>,
        caller: Caller,
        request: &AnswerProposal,
    ) -> Result<Open, StaffError> {
        let by = self.on_duty(tx, caller).await?;
        let (row, act) = self.proposal_of(tx, request).await?;
        if !self.may_act(tx, &by, &act, Eyes::Approving).await? {
            return Err(StaffError::Forbidden);
        }
        if row.staff == by.staff {
            return Err(StaffError::OwnProposal);
        }
        let own = row.answer.as_ref().filter(|answer| answer.by == by.staff);
        let outcome = own.and_then(|answer| answer.outcome.as_ref());
        let outcome = outcome
            .map(|sealed| self.open_outcome(sealed))
            .transpose()?;
        if outcome.is_none() {
            self.check_waiting(&row)?;
            let proposer = staff::find(tx, row.staff).await?;
            let proposer = proposer.filter(StaffRow::is_active);
            let proposer = proposer.ok_or(StaffError::ProposerForbidden)?;
            if !self.may_act(tx, &proposer, &act, Eyes::Proposing).await? {
                return Err(StaffError::ProposerForbidden);
            }
        }
        Ok(Open {
            row,
            act,
            by,
            outcome,
        })
    }

    async fn proposal_of(
        &self,
        tx: &mut Transaction<'_>,
        request: &AnswerProposal,
    ) -> Result<(ProposalRow, StaffAct), StaffError> {
        let row = proposal::find(tx, request.proposal).await?;
        let row = row.ok_or(StaffError::ProposalUnknown)?;
        let act = self.proposed_act(&row)?;
        Ok((row, act))
    }

    fn check_waiting(&self, row: &ProposalRow) -> Result<(), StaffError> {
        let is_answered = row.answer.is_some();
        let is_late = row.expires < self.now();
        if is_answered || is_late {
            return Err(StaffError::ProposalAnswered);
        }
        Ok(())
    }
}

/// What the second person learns of an outcome. A code is for who asked for it.
fn without_code(outcome: ActOutcome) -> ActOutcome {
    match outcome {
        ActOutcome::Code(_) | ActOutcome::StaffCode(_) => ActOutcome::Done,
        outcome => outcome,
    }
}
