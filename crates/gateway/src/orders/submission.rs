//! Takes an order: judges it, keeps the answer, spends the voucher, and hands the order on.

use super::check::{Check, Refusal};
use super::judging::{
    Known, Sender, cancelled_before, check_id, check_signed, check_token, check_voucher,
    device_removed, id_used, is_repetition, voucher_spent,
};
use super::limits::{Spender, check_limits};
use super::receipt::Receipt;
use super::record::record;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::settings::Limits;
use crate::store::intent::{self, IntentRow, Progress};
use crate::store::voucher::VoucherRow;
use crate::store::{CustomerIndex, burnt, voucher};
use core_bank::Target;
use database::{Transaction, audit_chain};
use order::{BackupFlags, Credential, Intent, Order, OrderKind, OutcomeKind, SignedIntent};
use protocol::http::OrderProgress;
use std::sync::Arc;
use tokio::task::JoinHandle;
use types::{
    AccountId, ChannelId, DeviceId, ErrorCode, Hash, IntentId, Money, Role, Time, VoucherId,
};

/// The device of a token, with the channels that the token opens.
#[derive(Debug, Clone)]
pub struct TokenDevice {
    /// The device.
    pub device: DeviceId,
    /// The channels.
    pub channels: Vec<ChannelId>,
}

/// An answered order.
#[derive(Debug)]
pub struct Submitted {
    /// The answer.
    pub receipt: Receipt,
    /// Ends when the core bank has answered for the order, or could not. `None` if this request does not hand it on.
    pub placing: Option<JoinHandle<()>>,
}

impl From<Receipt> for Submitted {
    fn from(receipt: Receipt) -> Self {
        Self {
            receipt,
            placing: None,
        }
    }
}

/// What becomes of an order that passed every check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acceptance {
    /// The core bank gets it.
    Place,
    /// It cancels an order that has not arrived: the order's id is kept from ever being accepted.
    Burn(IntentId),
}

/// An order whose checks are done, with the answer that it gets unless another request was faster.
struct Judged {
    row: IntentRow,
    acceptance: Option<Acceptance>,
    voucher: Option<VoucherId>,
    backup: Option<BackupFlags>,
    refusal: Option<Refusal>,
    enrolled: Time,
    limits: Limits,
}

impl Gateway {
    /// Takes an order that the device of `token` sent. Whatever the result, it is durable when this returns. The same
    /// intent again gets the same answer, and is executed once.
    pub async fn submit(
        &self,
        token: &TokenDevice,
        signed: SignedIntent,
    ) -> Result<Submitted, Failure> {
        let now = self.now();
        let Some(stated) = self.stated(token.device).await? else {
            let who = (None, token.device);
            let refused = self.refuse_unkept(who, None, device_removed(), now);
            return Ok(refused.await?.into());
        };
        let sender = Sender {
            customer: self.customer_index(&stated.statement.customer),
            device: &stated,
            channels: &token.channels,
        };
        let who = (Some(sender.customer), token.device);
        let parsed = signed.intent_bytes();
        let parsed = parsed.and_then(|bytes| Ok((Hash::of(&bytes), Intent::parse(&bytes)?)));
        let (hash, intent) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                let (check, code) = (Check::WellFormed, ErrorCode::OrderMalformed);
                let refusal =
                    Refusal::new(check, code, error.reason()).with_detail(error.to_string());
                return Ok(self.refuse_unkept(who, None, refusal, now).await?.into());
            }
        };
        if let Err(refusal) = check_token(&intent, &sender) {
            return Ok(self.refuse_unkept(who, None, refusal, now).await?.into());
        }
        let known = self.known(&intent, sender.customer).await?;
        if is_repetition(&known, hash)
            && let Some(row) = known.seen
        {
            return Ok(Receipt::stored(row).into());
        }
        let credential = self.credential(&signed).await?;
        let (backup, judged) = self
            .judge(&intent, (&signed, credential), &sender, &known, now)
            .await?;
        let moved = match &judged {
            Ok(_) => self.moved(&intent).await?,
            Err(_) => None,
        };
        match judged {
            Err(refusal) if !refusal.check.is_kept() => {
                let id = Some(intent.intent);
                Ok(self.refuse_unkept(who, id, refusal, now).await?.into())
            }
            judged => {
                let receipt = match &judged {
                    Ok(_) => Receipt::accepted(intent.intent, now),
                    Err(refusal) => Receipt::refused(Some(intent.intent), refusal.clone()),
                };
                let state = match &judged {
                    Ok(Acceptance::Place) => OrderProgress::Received,
                    Ok(Acceptance::Burn(_)) => OrderProgress::Executed,
                    Err(_) => OrderProgress::Refused,
                };
                let row = IntentRow {
                    customer: sender.customer,
                    intent: intent.intent,
                    hash,
                    device: token.device,
                    received: now,
                    refusal: receipt.refusal.map_or(0, ErrorCode::number),
                    answer: receipt.body.clone(),
                    signed: self.seal_signed(&signed)?,
                    moved,
                    progress: Progress::of(state),
                };
                let judged = Judged {
                    row,
                    voucher: intent.voucher.filter(|_| judged.is_ok()),
                    backup,
                    acceptance: judged.as_ref().ok().copied(),
                    refusal: judged.err(),
                    enrolled: stated.statement.time,
                    limits: self.0.settings.limits,
                };
                self.keep(judged, receipt).await
            }
        }
    }

    /// What the tables know about the order.
    async fn known(&self, intent: &Intent, customer: CustomerIndex) -> Result<Known, Failure> {
        let (id, number) = (intent.intent, intent.voucher);
        let target: Option<IntentId> = intent.order.target().and_then(|id| id.parse().ok());
        self.0
            .database
            .read(async move |tx| {
                let voucher = match number {
                    Some(number) => voucher::find(tx, number).await?,
                    None => None,
                };
                let target = match target {
                    Some(target) => intent::find(tx, (customer, target)).await?,
                    None => None,
                };
                Ok::<_, Failure>(Known {
                    seen: intent::find(tx, (customer, id)).await?,
                    burnt: burnt::contains(tx, (customer, id)).await?,
                    voucher,
                    target,
                })
            })
            .await
    }

    /// The passkey that the assertion names.
    async fn credential(&self, signed: &SignedIntent) -> Result<Option<Credential>, Failure> {
        match &signed.assertion {
            Some(assertion) => Ok(self.0.devices.credential(&assertion.credential).await?),
            None => Ok(None),
        }
    }

    /// All checks from the id on.
    async fn judge(
        &self,
        intent: &Intent,
        (signed, credential): (&SignedIntent, Option<Credential>),
        sender: &Sender<'_>,
        known: &Known,
        now: Time,
    ) -> Result<(Option<BackupFlags>, Result<Acceptance, Refusal>), Failure> {
        let settings = (&self.0.settings, now);
        let signed = check_id(known)
            .and_then(|()| check_signed((intent, signed), (sender, credential), settings));
        let backup = match signed {
            Ok(backup) => backup,
            Err(refusal) => return Ok((None, Err(refusal))),
        };
        let voucher = match check_voucher(intent, sender, known, now) {
            Ok(voucher) => voucher,
            Err(refusal) => return Ok((backup, Err(refusal))),
        };
        Ok((backup, self.judge_by_books(intent, voucher, known).await?))
    }

    /// The checks for which gateway asks the core bank.
    async fn judge_by_books(
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
        self.check_target(intent, known).await
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

    /// Stores the order with its answer and its audit record, spends its voucher, and hands it on. A request that was
    /// faster wins: its answer is returned, or its voucher is missed.
    async fn keep(&self, judged: Judged, receipt: Receipt) -> Result<Submitted, Failure> {
        let judged = Arc::new(judged);
        let (kept, is_new) = {
            let (judged, receipt) = (judged.clone(), receipt.clone());
            self.0
                .database
                .write(async move |tx| keep(tx, &judged, &receipt).await)
                .await?
        };
        let accepted = is_new && kept.refusal.is_none();
        let hands_on = accepted && judged.acceptance == Some(Acceptance::Place);
        let placing = hands_on.then(|| self.place_soon(judged.row.clone()));
        Ok(Submitted {
            receipt: kept,
            placing: placing.flatten(),
        })
    }

    /// Refuses an order of whose sender nothing is proven. It leaves an audit record alone.
    async fn refuse_unkept(
        &self,
        who: (Option<CustomerIndex>, DeviceId),
        intent: Option<IntentId>,
        refusal: Refusal,
        now: Time,
    ) -> Result<Receipt, Failure> {
        let act = record(now, who, (intent, None), Some(&refusal));
        self.0
            .database
            .write(async move |tx| Ok::<_, Failure>(audit_chain::record(tx, &act).await?))
            .await?;
        Ok(Receipt::refused(intent, refusal))
    }
}

/// Returns the answer, and whether this request is the one that stored it.
async fn keep(
    tx: &mut Transaction<'_>,
    judged: &Judged,
    receipt: &Receipt,
) -> Result<(Receipt, bool), Failure> {
    let mut row = judged.row.clone();
    let key = (row.customer, row.intent);
    if let Some(seen) = intent::find(tx, key).await? {
        if seen.hash == row.hash {
            return Ok((Receipt::stored(seen), false));
        }
        return Ok((refuse(tx, &row, id_used()).await?, false));
    }
    let mut refusal = judged.refusal.clone();
    if refusal.is_none() {
        if burnt::contains(tx, key).await? {
            return Ok((refuse(tx, &row, cancelled_before()).await?, false));
        }
        if let Some(moved) = &row.moved {
            let spender = Spender {
                customer: row.customer,
                device: row.device,
                enrolled: judged.enrolled,
            };
            let limits = (judged.limits, row.received);
            refusal = check_limits(tx, spender, moved, limits).await?.err();
        }
        if refusal.is_none()
            && let Some(number) = judged.voucher
            && !voucher::spend(tx, number, row.intent).await?
        {
            refusal = Some(voucher_spent());
        }
        if refusal.is_none()
            && let Some(Acceptance::Burn(target)) = judged.acceptance
        {
            if intent::find(tx, (row.customer, target)).await?.is_some() {
                // It arrived meanwhile. The device asks again, and the order is judged as it stands then.
                refusal = Some(unknown().with_detail("the order has just arrived; try again"));
            } else {
                burnt::insert(tx, (row.customer, target), row.received).await?;
            }
        }
    }
    let mut receipt = receipt.clone();
    if refusal != judged.refusal
        && let Some(refusal) = &refusal
    {
        receipt = Receipt::refused(Some(row.intent), refusal.clone());
        row.refusal = refusal.code.number();
        row.answer.clone_from(&receipt.body);
        row.progress = Progress::of(OrderProgress::Refused);
    }
    intent::insert(tx, &row).await?;
    let who = (Some(row.customer), row.device);
    let order = (Some(row.intent), judged.backup);
    let act = record(row.received, who, order, refusal.as_ref());
    audit_chain::record(tx, &act).await?;
    Ok((receipt, true))
}

/// Refuses an order whose id another request took meanwhile. It leaves an audit record alone.
async fn refuse(
    tx: &mut Transaction<'_>,
    row: &IntentRow,
    refusal: Refusal,
) -> Result<Receipt, Failure> {
    let who = (Some(row.customer), row.device);
    let act = record(row.received, who, (Some(row.intent), None), Some(&refusal));
    audit_chain::record(tx, &act).await?;
    Ok(Receipt::refused(Some(row.intent), refusal))
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

fn unknown() -> Refusal {
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
