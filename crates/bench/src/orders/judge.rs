//! Compares what the devices ordered and show with the bank's own books.

use super::ledger::{Ledger, Moved};
use super::phone::Report;
use client::{OrderState as Shown, ShownOrder};
use core_bank::OrderState;
use order::OrderKind;
use protocol::http::OrderProgress;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use types::ErrorCode;

/// The result of the comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    /// Orders of all devices.
    pub(super) orders: usize,
    pub(super) executed: usize,
    pub(super) refused: usize,
    pub(super) cancelled: usize,
    /// Payments of standing orders.
    pub(super) standing_payments: u64,
    /// Orders whose money moved more than once, or in spite of a refusal, and bookings of orders that nobody gave.
    pub(super) executed_twice: usize,
    /// Orders without an outcome, executed ones whose money did not move, and those that a device stored and does not
    /// show.
    pub(super) lost: usize,
    /// Minor units.
    pub(super) ledger_imbalance: i128,
    pub(super) devices_disagreeing: usize,
    /// Accepted orders that were answered differently when they came again.
    pub(super) answers_differing: u64,
}

/// What became of an order at the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Executed,
    Refused,
    Cancelled,
    None,
}

impl Verdict {
    /// Whether there was no failure.
    pub(super) const fn is_clean(&self) -> bool {
        self.executed_twice == 0
            && self.lost == 0
            && self.ledger_imbalance == 0
            && self.devices_disagreeing == 0
            && self.answers_differing == 0
    }

    /// Judges all devices by the books.
    ///
    /// `pays_all`: whether each standing order must have made all its payments.
    pub(super) async fn of(
        ledger: &Ledger,
        reports: &[Report],
        pays_all: bool,
    ) -> anyhow::Result<Self> {
        let mut verdict = Self {
            ledger_imbalance: ledger.imbalance,
            ..Self::default()
        };
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let ids: Vec<Vec<String>> = reports.iter().map(ids).collect();
        known.extend(ids.iter().flatten().map(String::as_str));
        for (id, payments_max) in &ledger.standing {
            let paid = ledger.moved.get(id).copied().unwrap_or_default();
            verdict.standing_payments += paid.debits;
            let is_short = pays_all && paid.debits < *payments_max;
            if paid.debits > *payments_max || is_short {
                tracing::warn!("standing order {id} has {payments_max} payments and paid {paid:?}");
            }
            verdict.executed_twice += usize::from(paid.debits > *payments_max);
            verdict.lost += usize::from(is_short);
            known.insert(id);
        }
        for report in reports {
            verdict.answers_differing += report.tally.answers_differing;
            let shown: BTreeSet<_> = report.orders.iter().map(|order| order.intent).collect();
            verdict.lost += report.submitted.difference(&shown).count();
            let mut agrees = report.complete && report.discrepancies == 0;
            if !agrees {
                let (customer, found) = (&report.customer, report.discrepancies);
                tracing::warn!(
                    "the device of {customer} is not complete, or found {found} discrepancies"
                );
            }
            for order in &report.orders {
                let id = order.intent.to_string();
                let moved = ledger.moved.get(&id).copied().unwrap_or_default();
                let state = ledger.state(&report.customer, order.intent).await?;
                let outcome = match &state {
                    Some(state) => by_the_books(state),
                    None => by_gateway(order, report),
                };
                verdict.judge(order, outcome, moved);
                if of_device(&order.state) != outcome || order.amount_is_pending {
                    let (customer, kind) = (&report.customer, order.order.kind());
                    tracing::warn!(
                        "{kind} {id} of {customer} is {:?} on the device, and its amount {} pending; the books have {state:?}",
                        order.state,
                        if order.amount_is_pending {
                            "is"
                        } else {
                            "is not"
                        },
                    );
                    agrees = false;
                }
            }
            agrees &= agrees_on_the_rest(ledger, report).await?;
            verdict.devices_disagreeing += usize::from(!agrees);
        }
        let of_nobody = ledger.moved.keys();
        let of_nobody = of_nobody.filter(|id| !known.contains(id.as_str()));
        verdict.executed_twice += of_nobody.count();
        Ok(verdict)
    }

    fn judge(&mut self, order: &ShownOrder, outcome: Outcome, moved: Moved) {
        self.orders += 1;
        let fields = order.order.fields();
        let moves = matches!(fields.kind, OrderKind::Transfer | OrderKind::Bill);
        let is_moved = moved != Moved::default();
        let expected = fields.amount.map_or(0, |amount| amount.minor_units());
        if moved.debits > 1 || moved.credits > 1 {
            self.executed_twice += 1;
        }
        match outcome {
            Outcome::Executed => self.executed += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Cancelled => self.cancelled += 1,
            Outcome::None => self.lost += 1,
        }
        let moves_rightly = match outcome {
            Outcome::Executed if moves => (moved.debits, moved.amount) == (1, expected),
            Outcome::Refused | Outcome::Cancelled => !is_moved,
            _ => true,
        };
        if !moves_rightly {
            tracing::warn!("order {} is {outcome:?}, and moved {moved:?}", order.intent);
        }
        match outcome {
            Outcome::Executed if moves && (moved.debits, moved.amount) != (1, expected) => {
                self.lost += usize::from(moved.debits <= 1);
            }
            Outcome::Refused | Outcome::Cancelled if is_moved => self.executed_twice += 1,
            _ => {}
        }
    }
}

fn ids(report: &Report) -> Vec<String> {
    let orders = report.orders.iter();
    orders.map(|order| order.intent.to_string()).collect()
}

const fn by_the_books(state: &OrderState) -> Outcome {
    match state {
        OrderState::Executed { .. } => Outcome::Executed,
        OrderState::Refused(_) => Outcome::Refused,
        OrderState::Cancelled => Outcome::Cancelled,
        OrderState::Pending { .. } => Outcome::None,
    }
}

/// What became of an order that never reached the books: gateway refused it, it was cancelled before it came, or it is such
/// a cancellation.
fn by_gateway(order: &ShownOrder, report: &Report) -> Outcome {
    let intent = order.intent;
    let Some(answer) = report.answers.get(&intent) else {
        let mut orders = report.orders.iter();
        let is_cancelled = orders.any(|other| {
            let is_about_it = other.order.target() == Some(&intent.to_string());
            let answer = report.answers.get(&other.intent);
            let is_done = answer.is_some_and(|answer| answer.state == OrderProgress::Executed);
            other.order.kind() == OrderKind::Cancel && is_about_it && is_done
        });
        return match is_cancelled {
            true => Outcome::Cancelled,
            false => Outcome::None,
        };
    };
    let cancelled_before = ErrorCode::OrderCancelledBefore.number();
    match answer.state {
        OrderProgress::Executed if order.order.kind() == OrderKind::Cancel => Outcome::Executed,
        OrderProgress::Cancelled => Outcome::Cancelled,
        OrderProgress::Refused if answer.code == Some(cancelled_before) => Outcome::Cancelled,
        OrderProgress::Refused => Outcome::Refused,
        OrderProgress::Executed
        | OrderProgress::Received
        | OrderProgress::Challenged
        | OrderProgress::Pending => Outcome::None,
    }
}

const fn of_device(state: &Shown) -> Outcome {
    match state {
        Shown::Done { .. } => Outcome::Executed,
        Shown::Refused(_) => Outcome::Refused,
        Shown::Cancelled => Outcome::Cancelled,
        _ => Outcome::None,
    }
}

/// Whether balances, pending amounts, standing orders, payees and pending orders are those of the books.
async fn agrees_on_the_rest(ledger: &Ledger, report: &Report) -> anyhow::Result<bool> {
    let books = ledger.snapshot(&report.customer).await?;
    let expected: BTreeMap<_, _> = books
        .accounts
        .iter()
        .map(|account| (&account.account, &account.balances))
        .collect();
    let shown: BTreeMap<_, _> = report
        .accounts
        .iter()
        .map(|(account, _)| (&account.account, &account.balances))
        .collect();
    let nothing_pending = report.accounts.iter().all(|(_, funds)| {
        let funds = funds.as_ref();
        funds
            .is_some_and(|funds| funds.pending.minor_units() == 0 && funds.expected == funds.booked)
    });
    let ids = |all: &[core_bank::Arrangement]| -> Vec<String> {
        all.iter().map(|one| one.id.clone()).collect()
    };
    let arranged = [ids(&books.standing), ids(&books.payees), ids(&books.orders)];
    let agrees = expected == shown && nothing_pending && arranged == report.arranged;
    if !agrees {
        tracing::warn!(
            "the device of {} shows {:?} and {:?}; the books have {expected:?} and {arranged:?}",
            report.customer,
            report.accounts,
            report.arranged,
        );
    }
    Ok(agrees)
}

#[cfg(test)]
mod tests;
