//! The audit record of an order: the verdict of each check, and no more of the customer than needed.

use super::check::{Check, Refusal};
use crate::store::CustomerIndex;
use audit::{Act, Subject};
use order::BackupFlags;
use types::{DeviceId, IntentId, Time, base64url};

/// The record of an order that `device` sent; of which customer is unknown if ciam does not know the device. Every check before the one that refused it has passed.
pub(super) fn record(
    now: Time,
    (customer, device): (Option<CustomerIndex>, DeviceId),
    (intent, backup): (Option<IntentId>, Option<BackupFlags>),
    refusal: Option<&Refusal>,
) -> Act {
    let action = match refusal {
        None => "order.accepted",
        Some(_) => "order.refused",
    };
    let mut act = Act::new(now, &device.to_string(), action).about(Subject::new("device", device));
    if let Some(customer) = customer {
        act = act.about(Subject::new("customer", base64url::encode(&customer)));
    }
    if let Some(intent) = intent {
        act = act.about(Subject::new("order", intent));
    }
    if let Some(BackupFlags {
        eligible,
        backed_up,
    }) = backup
    {
        act = act
            .with("passkey_backup_eligible", eligible)
            .with("passkey_backed_up", backed_up);
    }
    for check in Check::ALL {
        match refusal {
            Some(refusal) if refusal.check == check => {
                return act.with(check.as_str(), refusal.reason);
            }
            _ => act = act.with(check.as_str(), "passed"),
        }
    }
    act
}
