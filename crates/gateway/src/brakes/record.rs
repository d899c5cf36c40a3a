//! The audit records of changes of brakes.

use super::change::Change;
use super::request::BrakeRefusal;
use crate::store::CustomerIndex;
use audit::{Act, Subject};
use order::Brake;
use types::{DeviceId, Time, base64url};

/// The record of a change that a device asked for, or of its refusal. An account is not named.
pub(super) fn record(
    now: Time,
    (customer, device): (Option<CustomerIndex>, DeviceId),
    brake: Option<&Brake>,
    change: Result<Change, BrakeRefusal>,
) -> Act {
    let action = match change {
        Err(_) => "brake.refused",
        Ok(Change::Loosens(_)) => "brake.loosens",
        Ok(Change::Kept) => "brake.kept",
        Ok(Change::Set(_) | Change::Nothing) => "brake.set",
    };
    let mut act = Act::new(now, &device.to_string(), action).about(Subject::new("device", device));
    if let Some(customer) = customer {
        act = act.about(Subject::new("customer", base64url::encode(&customer)));
    }
    act = match brake {
        Some(Brake::Account(_)) => act.with("brake", "account"),
        Some(brake) => act.with("brake", brake),
        None => act,
    };
    let change = match change {
        Ok(change) => change,
        Err(refusal) => {
            let act = act.with("code", refusal.code().number());
            return act.with("reason", refusal.reason());
        }
    };
    if let Some(minor_units) = change.limit() {
        act = act.with("limit", minor_units);
    }
    match change {
        Change::Loosens(loosening) => act.with("from", loosening.at.ms()),
        _ => act,
    }
}
