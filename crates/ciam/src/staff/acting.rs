//! An act of a member: done at once, or proposed to a second person.

use super::errors::StaffError;
use super::judging::Judged;
use super::session::Caller;
use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use crate::store::proposal::{self, ProposalRow};
use crate::store::staff::StaffRow;
use database::Transaction;
use protocol::http::{ActAnswer, DoAct};
use types::ProposalId;

/// How long a proposal is shown after it expired: a week.
const REMEMBERED_MS: u64 = 7 * 86_400_000;

impl Ciam {
    /// Does an act, or proposes it if the policies want a second person.
    pub(crate) async fn act(
        &self,
        caller: Caller,
        request: DoAct,
    ) -> Result<ActAnswer, StaffError> {
        // Whoever may not do it does not learn whether the customer exists.
        self.check_act(caller, &request).await?;
        let prepared = self.prepare(&request.act).await?;
        let proposal = ProposalId::new(random()?);
        let (ciam, done) = (self.clone(), request.clone());
        let answer = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    match ciam.judge_act(tx, &member, &done.act).await? {
                        Judged::Alone => {
                            let by = BankActor {
                                staff: Some(member.staff),
                                reason: Some(done.reason.clone()),
                                approved_by: None,
                            };
                            let outcome = ciam.carry_out(tx, (&done.act, &prepared), &by).await?;
                            Ok(ActAnswer::Done { outcome })
                        }
                        Judged::WithSecond => ciam.propose(tx, &member, (proposal, &done)).await,
                        Judged::Forbidden => Err(StaffError::Forbidden),
                    }
                },
            )
            .await?;
        if matches!(answer, ActAnswer::Done { .. }) {
            self.follow(&request.act).await?;
        }
        Ok(answer)
    }

    /// Refuses, and records, what the policies forbid the member.
    async fn check_act(&self, caller: Caller, request: &DoAct) -> Result<(), StaffError> {
        let (ciam, act) = (self.clone(), request.act.clone());
        let refused = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    match ciam.judge_act(tx, &member, &act).await? {
                        Judged::Alone | Judged::WithSecond => Ok(None),
                        Judged::Forbidden => {
                            let customer = ciam.customer_of(tx, &act).await?;
                            let member = (&member, act.action());
                            Ok(Some(ciam.forbidden(tx, member, customer).await?))
                        }
                    }
                },
            )
            .await?;
        refused.map_or(Ok(()), Err)
    }

    async fn propose(
        &self,
        tx: &mut Transaction<'_>,
        member: &StaffRow,
        (id, request): (ProposalId, &DoAct),
    ) -> Result<ActAnswer, StaffError> {
        self.check_target(tx, &request.act, member.staff).await?;
        let now = self.now();
        proposal::forget(tx, now.minus_ms(REMEMBERED_MS)).await?;
        let customer = self.customer_of(tx, &request.act).await?;
        let act = serde_json::to_string(&request.act).map_err(|_| Failure::Text)?;
        let row = ProposalRow {
            proposal: id,
            staff: member.staff,
            act: self.seal_proposal(&act)?,
            reason: self.seal_proposal(&request.reason)?,
            customer,
            made: now,
            expires: now.plus_ms(self.inner.settings.staff.proposal_ms),
            answer: None,
        };
        proposal::insert(tx, &row).await?;
        let act = Act::Proposed {
            staff: member.staff,
            proposal: id,
            action: request.act.action(),
            customer,
            reason: request.reason.clone(),
        };
        self.record(tx, &act).await?;
        Ok(ActAnswer::Proposed {
            proposal: id,
            expires: row.expires,
        })
    }
}
