//! The customer's own freezes, as the device last heard them.

use crate::outbox::limits::{identity, is_alive, leaves};
use crate::outbox::objection::Objection;
use crate::shown::Page;
use order::{Brake, Order};
use types::Time;

/// The freezes that an order meets, as far as the device knows. The bank may know a payee that seems new here.
pub(crate) fn freeze_objections(page: &Page, order: &Order, now: Time) -> Vec<Objection> {
    let Some(stated) = &page.vouchers.limits else {
        return Vec::new();
    };
    let limits = stated.loosened(now).limits;
    let mut objections = Vec::new();
    let debit = order.debit_account().filter(|_| !order.kind().has_target());
    for own in &limits.brakes {
        match own.brake.parse() {
            Ok(Brake::Account(account)) if debit == Some(account.as_str()) => {
                objections.push(Objection::AccountFrozen(account, own.loosens));
            }
            Ok(Brake::NewPayees) => {
                let moves = leaves(page, order, limits.day.currency()).is_some();
                let since = own.since.minus_ms(limits.cooling_off_ms);
                if moves && !is_known(page, order, since) {
                    objections.push(Objection::NewPayeesFrozen(own.loosens));
                }
            }
            _ => {}
        }
    }
    objections
}

/// Whether an order of this device to the same creditor was made at `time` or before.
fn is_known(page: &Page, order: &Order, time: Time) -> bool {
    let creditor = order.creditor().map(identity);
    page.outbox.all().any(|one| {
        let same = one.intent.order.creditor().map(identity) == creditor;
        same && is_alive(one) && one.intent.created <= time
    })
}
