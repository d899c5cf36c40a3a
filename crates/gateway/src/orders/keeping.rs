//! Stores what was judged. A request that was faster wins.

use super::books::{Acceptance, unknown};
use super::braking::{Braked, check_brakes};
use super::check::Refusal;
use super::judging::{cancelled_before, id_used, initiation_over, stopped, voucher_spent};
use super::limits::{Spender, check_limits};
use super::receipt::{Receipt, Submitted};
use super::record::{Recorded, record};
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::Assessment;
use crate::settings::Limits;
use crate::store::challenge;
use crate::store::intent::{self, IntentRow, Progress, ToPayee};
use crate::store::{CustomerIndex, burnt, initiation, stop, voucher};
use database::{Transaction, audit_chain};
use order::BackupFlags;
use protocol::http::OrderProgress;
use std::sync::Arc;
use types::{DeviceId, IntentId, Time, VoucherId};

/// An order whose checks are done, with the answer that it gets unless another request was faster.
pub(super) struct Judged {
    pub(super) row: IntentRow,
    pub(super) verdict: Result<Acceptance, Refusal>,
    pub(super) voucher: Option<VoucherId>,
    pub(super) backup: Option<BackupFlags>,
    /// When the device was enrolled.
    pub(super) enrolled: Time,
    pub(super) limits: Limits,
    /// The brakes that can stop the order.
    pub(super) braked: Option<Braked>,
    pub(super) assessment: Option<Assessment>,
    /// What the assessment knew of the payee.
    pub(super) to_payee: Option<ToPayee>,
    /// Whether another app prepared it.
    pub(super) is_initiated: bool,
}

impl Gateway {
    /// Stores the order with its answer and its audit record, spends its voucher, and hands it on. A request that was
    /// faster wins: its answer is returned, or its voucher is missed. `None` if the verdict does not hold any more, because
    /// of what happened since: the order must be judged again.
    pub(super) async fn keep(
        &self,
        judged: Judged,
        receipt: Receipt,
    ) -> Result<Option<Submitted>, Failure> {
        let judged = Arc::new(judged);
        let kept = {
            let (judged, receipt) = (judged.clone(), receipt.clone());
            self.0
                .database
                .write(async move |tx| keep(tx, &judged, &receipt).await)
                .await?
        };
        let Some((kept, is_new)) = kept else {
            return Ok(None);
        };
        let accepted = is_new && kept.refusal.is_none();
        let hands_on = accepted && judged.verdict == Ok(Acceptance::Place);
        let placing = hands_on.then(|| self.place_soon(judged.row.clone()));
        Ok(Some(Submitted {
            receipt: kept,
            placing: placing.flatten(),
        }))
    }

    /// Refuses an order of whose sender nothing is proven. It leaves an audit record alone.
    pub(super) async fn refuse_unkept(
        &self,
        who: (Option<CustomerIndex>, DeviceId),
        intent: Option<IntentId>,
        refusal: Refusal,
        now: Time,
    ) -> Result<Receipt, Failure> {
        let recorded = Recorded {
            intent,
            ..Recorded::default()
        };
        self.record_alone(record(now, who, recorded, Some(&refusal)))
            .await?;
        Ok(Receipt::refused(intent, refusal))
    }
}

/// Returns the answer, and whether this request is the one that stored it. `None` if the verdict does not hold any more.
async fn keep(
    tx: &mut Transaction<'_>,
    judged: &Judged,
    receipt: &Receipt,
) -> Result<Option<(Receipt, bool)>, Failure> {
    let mut row = judged.row.clone();
    let key = (row.customer, row.intent);
    if let Some(seen) = intent::find(tx, key).await? {
        if seen.hash == row.hash {
            return Ok(Some((Receipt::stored(seen), false)));
        }
        return Ok(Some((refuse(tx, &row, id_used()).await?, false)));
    }
    let mut refusal = judged.verdict.as_ref().err().cloned();
    let was_refused = refusal.is_some();
    if refusal.is_none() {
        if stop::bars(tx, row.customer).await? {
            return Ok(Some((refuse(tx, &row, stopped()).await?, false)));
        }
        if burnt::contains(tx, key).await? {
            return Ok(Some((refuse(tx, &row, cancelled_before()).await?, false)));
        }
        if judged.is_initiated
            && initiation::find(tx, key)
                .await?
                .is_none_or(|row| row.declined)
        {
            refusal = Some(initiation_over());
        }
        if refusal.is_none()
            && let Some(braked) = &judged.braked
        {
            let order = (braked, row.moved.as_ref());
            let stopped = check_brakes(tx, row.customer, order, row.received).await?;
            refusal = stopped.err();
        }
        if refusal.is_none()
            && let Some(moved) = &row.moved
        {
            let spender = Spender {
                customer: row.customer,
                device: row.device,
                enrolled: judged.enrolled,
            };
            let limits = (judged.limits, row.received);
            match check_limits(tx, spender, moved, limits).await? {
                Ok(to_payee) if judged.to_payee != Some(to_payee) => return Ok(None),
                Ok(_) => {}
                Err(exceeded) => refusal = Some(exceeded),
            }
        }
        if refusal.is_none()
            && let Some(number) = judged.voucher
            && !voucher::spend(tx, number, row.intent).await?
        {
            refusal = Some(voucher_spent());
        }
        if refusal.is_none()
            && let Ok(Acceptance::Burn(target)) = judged.verdict
        {
            if intent::find(tx, (row.customer, target)).await?.is_some() {
                // It arrived meanwhile. The device asks again, and the order is judged as it stands then.
                refusal = Some(unknown().with_detail("the order has just arrived; try again"));
            } else {
                burnt::insert(tx, (row.customer, target), row.received).await?;
            }
        }
    }
    if let Ok(Acceptance::EndChallenge(target)) = judged.verdict {
        let target = (row.customer, target);
        let cancelled = OrderProgress::Cancelled;
        if !intent::end_challenge(tx, target, cancelled, None).await? {
            return Ok(None);
        }
    }
    let mut receipt = receipt.clone();
    if !was_refused && let Some(refusal) = &refusal {
        receipt = Receipt::refused(Some(row.intent), refusal.clone());
        row.refusal = refusal.code.number();
        row.answer.clone_from(&receipt.body);
        row.progress = Progress::of(OrderProgress::Refused);
    }
    intent::insert(tx, &row).await?;
    if judged.is_initiated {
        initiation::count_change(tx, key).await?;
    }
    if refusal.is_none()
        && let Ok(Acceptance::Challenge(asked)) = &judged.verdict
    {
        challenge::insert(tx, key, asked).await?;
    }
    let who = (Some(row.customer), row.device);
    let recorded = Recorded {
        intent: Some(row.intent),
        backup: judged.backup,
        assessment: judged.assessment.as_ref(),
    };
    let act = record(row.received, who, recorded, refusal.as_ref());
    audit_chain::record(tx, &act).await?;
    Ok(Some((receipt, true)))
}

/// Refuses an order whose id another request took meanwhile, or whose customer stopped everything. It leaves an audit
/// record alone.
async fn refuse(
    tx: &mut Transaction<'_>,
    row: &IntentRow,
    refusal: Refusal,
) -> Result<Receipt, Failure> {
    let who = (Some(row.customer), row.device);
    let recorded = Recorded {
        intent: Some(row.intent),
        ..Recorded::default()
    };
    let act = record(row.received, who, recorded, Some(&refusal));
    audit_chain::record(tx, &act).await?;
    Ok(Receipt::refused(Some(row.intent), refusal))
}
