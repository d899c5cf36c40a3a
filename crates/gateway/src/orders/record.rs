//! The audit records of an order: the verdict of each check, and no more of the customer than needed.

use super::check::{Check, Refusal};
use crate::ports::{Assessment, Verdict};
use crate::store::CustomerIndex;
use crate::store::challenge::Unanswered;
use crate::store::stop::StopRow;
use audit::{Act, Subject};
use order::{BackupFlags, RiskReason};
use types::{DeviceId, ErrorCode, IntentId, Time, base64url};

/// What a record says of an order beside the checks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recorded<'a> {
    /// The order's id, if the request has one that can be read.
    pub(super) intent: Option<IntentId>,
    pub(super) backup: Option<BackupFlags>,
    pub(super) assessment: Option<&'a Assessment>,
}

/// The record of an order that `device` sent; of which customer is unknown if ciam does not know the device. Every check
/// before the one that refused it has passed.
pub(super) fn record(
    now: Time,
    who: (Option<CustomerIndex>, DeviceId),
    order: Recorded<'_>,
    refusal: Option<&Refusal>,
) -> Act {
    let challenged = order
        .assessment
        .is_some_and(|assessment| matches!(assessment.verdict, Verdict::Challenge(_)));
    let action = match refusal {
        Some(_) => "order.refused",
        None if challenged => "order.challenged",
        None => "order.accepted",
    };
    let mut act = about(now, action, who, order.intent);
    act = with_backup(act, order.backup);
    let reasons = order.assessment.map_or(&[][..], |asked| &asked.reasons);
    if !reasons.is_empty() {
        let words: Vec<_> = reasons.iter().map(RiskReason::as_str).collect();
        act = act.with("risk_reasons", words.join(" "));
    }
    for check in Check::ALL {
        match refusal {
            Some(refusal) if refusal.check == check => {
                return act.with(check.as_str(), &*refusal.reason);
            }
            None if check == Check::Risk && challenged => {
                act = act.with(check.as_str(), "challenged");
            }
            _ => act = act.with(check.as_str(), "passed"),
        }
    }
    act
}

/// The record of an answer to the challenge to an order, right or refused.
pub(super) fn approval(
    now: Time,
    who: (Option<CustomerIndex>, DeviceId),
    (intent, backup): (IntentId, Option<BackupFlags>),
    refusal: Option<&Refusal>,
) -> Act {
    let action = match refusal {
        None => "order.approved",
        Some(_) => "order.approval_refused",
    };
    let act = with_backup(about(now, action, who, Some(intent)), backup);
    match refusal {
        None => act,
        Some(refusal) => act
            .with("code", refusal.code.number())
            .with("reason", &*refusal.reason),
    }
}

/// The record of an order that ended with the code while it waited for the answer to its challenge.
pub(super) fn ending(now: Time, order: Unanswered, code: ErrorCode) -> Act {
    Act::new(now, "gateway", "order.ended")
        .about(Subject::new("device", order.device))
        .about(Subject::new("customer", base64url::encode(&order.customer)))
        .about(Subject::new("order", order.intent))
        .with("code", code.number())
}

/// The record of a customer whose orders stop, or who may order again.
pub(super) fn stopping(now: Time, call: &StopRow) -> Act {
    let action = match call.stopped {
        true => "orders.stopped",
        false => "orders.resumed",
    };
    Act::new(now, "ciam", action)
        .about(Subject::new("customer", base64url::encode(&call.customer)))
        .with("number", call.number)
        .with("ended", call.ended)
}

fn about(
    now: Time,
    action: &str,
    (customer, device): (Option<CustomerIndex>, DeviceId),
    intent: Option<IntentId>,
) -> Act {
    let mut act = Act::new(now, &device.to_string(), action).about(Subject::new("device", device));
    if let Some(customer) = customer {
        act = act.about(Subject::new("customer", base64url::encode(&customer)));
    }
    match intent {
        Some(intent) => act.about(Subject::new("order", intent)),
        None => act,
    }
}

fn with_backup(act: Act, backup: Option<BackupFlags>) -> Act {
    match backup {
        Some(flags) => act
            .with("passkey_backup_eligible", flags.eligible)
            .with("passkey_backed_up", flags.backed_up),
        None => act,
    }
}
