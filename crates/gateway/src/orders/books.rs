//! The checks for which gateway asks the core bank.

use super::check::{Check, Refusal};
use super::judging::Known;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::intent::Progress;
use crate::store::voucher::VoucherRow;
use core_bank::{OrderState, Target};
use order::{Intent, Order, OrderKind, OutcomeKind};
use protocol::http::{OrderChallenge, OrderProgress};
use types::{AccountId, ErrorCode, IntentId, Money, Role};

/// What becomes of an order that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// The core bank gets it.
    Place,
    /// The core bank has it: gateway's tables were restored from an older copy. Nothing is spent or counted again.
    Known(OrderState),
    /// The core bank gets it when the device has answered this challenge.
    Challenge(OrderChallenge),
    /// It cancels an order that has not arrived: the order's id is kept from ever being accepted.
    Burn(IntentId),
    /// It cancels an order that waits for the answer to its challenge.
    EndChallenge(IntentId),
}

impl Acceptance {
    /// How far the order has come with its acceptance.
    pub(super) fn progress(&self) -> Progress {
        match self {
            Self::Place => Progress::of(OrderProgress::Received),
            Self::Known(state) => state.clone().into(),
            Self::Challenge(_) => Progress::of(OrderProgress::Challenged),
            Self::Burn(_) | Self::EndChallenge(_) => Progress::of(OrderProgress::Executed),
        }
    }

    /// Whether the order spends its voucher and counts against the limits.
    pub(super) const fn spends(&self) -> bool {
        matches!(self, Self::Place | Self::Challenge(_))
    }
}

impl Gateway {
    /// The checks for which gateway asks the core bank.
    pub(super) async fn judge_by_books(
        &self,
        intent: &Intent,
        voucher: Option<&VoucherRow>,
        known: &Known,
    ) -> Result<Result<Acceptance, Refusal>, Failure> {
        if let Some(voucher) = voucher
            && let Err(refusal) = self.check_limit(&intent.order, voucher.limit).await?
        {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.check_account(intent).await? {
            return Ok(Err(refusal));
        }
        match self.check_target(intent, known).await? {
            Ok(Acceptance::Place) => {
                let executable = self.check_executable(intent).await?;
                Ok(executable.map(|()| Acceptance::Place))
            }
            judged => Ok(judged),
        }
    }

    /// The order must be within its voucher's limit. Another currency counts at the bank's rate of the day.
    async fn check_limit(
        &self,
        order: &Order,
        limit: Money,
    ) -> Result<Result<(), Refusal>, Failure> {
        let rate = match order.amount().map(|amount| amount.currency()) {
            Some(currency) if currency != limit.currency() => {
                self.0.core_bank.rate(currency, limit.currency()).await?
            }
            _ => None,
        };
        Ok(order::check_limit(order, limit, rate).map_err(|error| {
            Refusal::new(Check::Voucher, ErrorCode::VoucherExceeded, error.reason())
                .with_detail(error.to_string())
        }))
    }

    /// The customer must hold the debit account as owner or authorised. A copy's account is not asked about.
    async fn check_account(&self, intent: &Intent) -> Result<Result<(), Refusal>, Failure> {
        let pays = matches!(
            intent.order.kind(),
            OrderKind::Transfer | OrderKind::Bill | OrderKind::Standing
        );
        let Some(account) = intent.order.debit_account().filter(|_| pays) else {
            return Ok(Ok(()));
        };
        let refused = |reason| {
            let code = ErrorCode::DebitAccountForbidden;
            Ok(Err(Refusal::new(Check::Account, code, reason)))
        };
        let Ok(account) = account.parse::<AccountId>() else {
            return refused("account_not_held");
        };
        match self.0.core_bank.role(&intent.customer, &account).await? {
            Some(Role::Owner | Role::Authorised) => Ok(Ok(())),
            Some(_) => refused("role_may_not_order"),
            None => refused("account_not_held"),
        }
    }

    /// The core bank must know nothing against the order. Nobody has to wait for a refusal that is certain, and it costs no
    /// voucher. Each refusal tells something of the creditor, so it counts as a payee check; when a device may make none any
    /// more, the core bank judges the order when it is placed.
    async fn check_executable(&self, intent: &Intent) -> Result<Result<(), Refusal>, Failure> {
        let checks = &self.0.payee_checks;
        if checks.are_used_up(intent.device, self.now()) {
            return Ok(Ok(()));
        }
        let core_bank = &self.0.core_bank;
        let examined = core_bank.examine(&intent.customer, &intent.order).await?;
        Ok(match examined {
            None => Ok(()),
            // Others of the device may have been told meanwhile, and too many devices may be counted.
            Some(_) if checks.count(intent.device, self.now()).is_err() => Ok(()),
            Some(reason) => Err(Refusal {
                check: Check::Executable,
                code: ErrorCode::OrderNotExecutable,
                reason: reason.as_str().to_owned().into(),
                detail: Some(reason.as_str().to_owned()),
            }),
        })
    }

    /// What the order is about must be the customer's, still open, and copied as it stands.
    async fn check_target(
        &self,
        intent: &Intent,
        known: &Known,
    ) -> Result<Result<Acceptance, Refusal>, Failure> {
        let order = &intent.order;
        let Some(target) = order.target().filter(|_| order.kind().has_target()) else {
            return Ok(Ok(Acceptance::Place));
        };
        if let Some(row) = known.target.as_ref().filter(|row| row.refusal != 0) {
            debug_assert_eq!(row.progress.state, OrderProgress::Refused);
            return Ok(Err(done(OutcomeKind::Refused)));
        }
        let stands = self
            .0
            .core_bank
            .target(&intent.customer, order.kind(), target)
            .await?;
        Ok(match (stands, &known.target) {
            (Target::Active(active), _) => copied(order, &active),
            (Target::Done(outcome), _) => Err(done(outcome)),
            (Target::Unknown, Some(row)) => match row.progress.state {
                // The core bank has not answered for it yet.
                OrderProgress::Received => copied(order, &self.open_intent(row)?.order),
                OrderProgress::Challenged if order.kind() == OrderKind::Cancel => {
                    let stands = copied(order, &self.open_intent(row)?.order);
                    stands.map(|_| Acceptance::EndChallenge(row.intent))
                }
                OrderProgress::Challenged => Err(unknown()),
                OrderProgress::Cancelled => Err(done(OutcomeKind::Cancelled)),
                OrderProgress::Refused => Err(done(OutcomeKind::Refused)),
                OrderProgress::Executed => Err(done(OutcomeKind::Executed)),
                OrderProgress::Pending => Err(unknown()),
            },
            (Target::Unknown, None) => match target.parse() {
                Ok(id) if order.kind() == OrderKind::Cancel => Ok(Acceptance::Burn(id)),
                _ => Err(unknown()),
            },
        })
    }

    /// The core bank may have an order that gateway would refuse or challenge: gateway's tables are an older copy, and what
    /// was in time and within its voucher then is not any more.
    pub(super) async fn known_to_the_books(
        &self,
        intent: &Intent,
        verdict: Result<Acceptance, Refusal>,
    ) -> Result<Result<Acceptance, Refusal>, Failure> {
        match &verdict {
            Ok(Acceptance::Challenge(_)) => {}
            Err(refusal) if refusal.check >= Check::NotAfter => {}
            _ => return Ok(verdict),
        }
        let state = self
            .0
            .core_bank
            .order_state(&intent.customer, intent.intent);
        Ok(match state.await? {
            Some(state) => Ok(Acceptance::Known(state)),
            None => verdict,
        })
    }
}

/// Compares the copies with what the order is about: those of its fields that the copy's kind has.
fn copied(order: &Order, target: &Order) -> Result<Acceptance, Refusal> {
    let of_payee = order.kind() == OrderKind::PayeeRemove;
    let same = order.creditor() == target.creditor()
        && (of_payee
            || (order.debit_account() == target.debit_account()
                && order.amount() == target.amount()));
    if same {
        Ok(Acceptance::Place)
    } else {
        let code = ErrorCode::OrderTargetUnknown;
        Err(Refusal::new(Check::Target, code, "target_differs")
            .with_detail("the copied fields differ"))
    }
}

pub(super) fn unknown() -> Refusal {
    Refusal::new(
        Check::Target,
        ErrorCode::OrderTargetUnknown,
        "unknown_target",
    )
}

/// It is too late: the detail says what became of the order.
fn done(outcome: OutcomeKind) -> Refusal {
    let reason = match outcome {
        OutcomeKind::Pending => return unknown(),
        OutcomeKind::Executed => "target_executed",
        OutcomeKind::Refused => "target_refused",
        OutcomeKind::Cancelled => "target_cancelled",
    };
    Refusal::new(Check::Target, ErrorCode::OrderTargetDone, reason).with_detail(reason)
}
