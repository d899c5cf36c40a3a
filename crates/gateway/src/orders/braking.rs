//! The customer's own brakes on an order: frozen accounts, frozen payments to new payees, and limits below the bank's.

use super::check::{Check, Refusal};
use super::limits::exceeded;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::settings::KindLimit;
use crate::store::CustomerIndex;
use crate::store::brake::{self, BrakeIndex, BrakeRow};
use crate::store::intent::{self, Moved};
use database::Transaction;
use order::{Brake, Order, OrderKind};
use types::{ErrorCode, Time};

/// The brakes that can stop an order, by their indices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Braked {
    account: Option<BrakeIndex>,
    new_payees: BrakeIndex,
    order: BrakeIndex,
    kind_day: BrakeIndex,
    day: BrakeIndex,
    /// The cooling-off time of a payee, in milliseconds.
    cooling_off_ms: u64,
}

impl Gateway {
    /// The brakes that can stop the order. `None` if it debits nothing.
    pub(super) fn braked(&self, order: &Order) -> Option<Braked> {
        let kind = order.kind();
        let pays = matches!(
            kind,
            OrderKind::Transfer | OrderKind::Bill | OrderKind::Standing
        );
        let account = order.debit_account().filter(|_| pays)?.parse().ok();
        let index = |brake| self.brake_index(&brake);
        Some(Braked {
            account: account.map(|account| index(Brake::Account(account))),
            new_payees: index(Brake::NewPayees),
            order: index(Brake::KindOrder(kind)),
            kind_day: index(Brake::KindDay(kind)),
            day: index(Brake::Day),
            cooling_off_ms: self.0.settings.limits.cooling_off_ms,
        })
    }
}

/// Refuses an order that a brake of the customer stops. It runs in the transaction that accepts the order, so that a brake
/// is in force at once.
pub(super) async fn check_brakes(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    (braked, moved): (&Braked, Option<&Moved>),
    now: Time,
) -> Result<Result<(), Refusal>, Failure> {
    let brakes = brake::of_customer(tx, customer, now).await?;
    if let Err(refusal) = frozen(tx, customer, (braked, moved), &brakes).await? {
        return Ok(Err(refusal));
    }
    let limit = |index| find(&brakes, index).map(|brake| brake.minor_units);
    let of_kind = KindLimit {
        order: limit(braked.order),
        day: limit(braked.kind_day),
    };
    let Some(moved) = moved else {
        return Ok(Ok(()));
    };
    let limits = (of_kind, limit(braked.day));
    let above = exceeded(tx, customer, moved, (limits, now)).await?;
    Ok(above.map_or(Ok(()), |(reason, detail)| {
        Err(refused(ErrorCode::OwnLimitExceeded, reason).with_detail(detail))
    }))
}

/// The same for freezes alone.
pub(super) async fn check_freezes(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    order: (&Braked, Option<&Moved>),
    now: Time,
) -> Result<Result<(), Refusal>, Failure> {
    let brakes = brake::of_customer(tx, customer, now).await?;
    frozen(tx, customer, order, &brakes).await
}

async fn frozen(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    (braked, moved): (&Braked, Option<&Moved>),
    brakes: &[BrakeRow],
) -> Result<Result<(), Refusal>, Failure> {
    let account = braked.account.and_then(|index| find(brakes, index));
    if account.is_some() {
        return Ok(Err(account_frozen()));
    }
    let (Some(freeze), Some(moved)) = (find(brakes, braked.new_payees), moved) else {
        return Ok(Ok(()));
    };
    let first = intent::moved_to_payee(tx, customer, moved.payee)
        .await?
        .first;
    // Whoever was new when the freeze began stays new as long as it lasts.
    let known = |first: Time| first.plus_ms(braked.cooling_off_ms) <= freeze.since;
    Ok(match first.is_some_and(known) {
        true => Ok(()),
        false => Err(new_payees_frozen()),
    })
}

/// The freeze by which an order ended with that code.
pub(super) fn freeze_of(ended: u16) -> Option<Refusal> {
    let freezes = [account_frozen(), new_payees_frozen()].into_iter();
    let mut ended = freezes.filter(|freeze| freeze.code.number() == ended);
    ended.next()
}

const fn account_frozen() -> Refusal {
    refused(ErrorCode::AccountFrozen, "account_frozen")
}

const fn new_payees_frozen() -> Refusal {
    refused(ErrorCode::NewPayeesFrozen, "new_payees_frozen")
}

fn find(brakes: &[BrakeRow], index: BrakeIndex) -> Option<&BrakeRow> {
    brakes.iter().find(|brake| brake.brake == index)
}

const fn refused(code: ErrorCode, reason: &'static str) -> Refusal {
    Refusal::new(Check::Brakes, code, reason)
}
