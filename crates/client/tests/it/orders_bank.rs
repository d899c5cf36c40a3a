//! The bank's side of orders: vouchers, the checks that a device can fail, and what becomes of orders.

use crate::bank::{Bank, CUSTOMER, START, czk};
use envelope::Signer as _;
use order::{
    Intent, Order, OrderKind, Outcome, OutcomeKind, Reason, SignedIntent, VOUCHER_MS, VOUCHERS_MAX,
    Voucher, check_limit,
};
use protocol::cbor::{Key, Map, Value};
use protocol::http::{
    OrderAnswer, OrderChallenge, OrderFee, OrderLimits, OrderProgress, OrderReceived, OwnBrake,
    PayeeCheckAnswer, PayeeCheckRequest, PayeeMatch, SetBrake, SignedChallenge, SignedOrder,
    VouchersAnswer,
};
use protocol::{Entry, EntryKind};
use rand::Rng as _;
use std::collections::BTreeMap;
use types::{
    ChallengeId, DeviceForm, DeviceId, ErrorCode, IntentId, Money, Sequence, Time, VoucherId,
};

/// An order that the bank has.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) intent: Intent,
    pub(crate) at: Time,
    pub(crate) answer: OrderAnswer,
}

/// The bank's orders and vouchers.
pub(crate) struct Orders {
    pub(crate) limit: Money,
    /// With what becomes of it: whether it was spent.
    pub(crate) vouchers: BTreeMap<VoucherId, (Voucher, bool)>,
    pub(crate) received: BTreeMap<IntentId, Received>,
    /// The stored refusals.
    pub(crate) refused: BTreeMap<IntentId, ErrorCode>,
    /// Cancelled before they came.
    pub(crate) burnt: Vec<IntentId>,
    /// Every Sign1 that arrived, in order.
    pub(crate) arrived: Vec<(IntentId, Vec<u8>)>,
    /// The code with which every order is refused.
    pub(crate) refuses: Option<ErrorCode>,
    pub(crate) limits: Option<OrderLimits>,
    /// Every request about a brake, in order.
    pub(crate) brakes: Vec<SetBrake>,
    pub(crate) fees: Vec<OrderFee>,
    /// The fee of pending orders.
    pub(crate) pending_fee: Option<Money>,
    /// The vouchers that it gives, whatever it has.
    pub(crate) gives: Option<Vec<Vec<u8>>>,
    /// Orders whose requests fail.
    pub(crate) unanswerable: Option<Money>,
    /// What it needs for a second approval of every order, if it asks for one.
    pub(crate) needs: Option<&'static str>,
    /// Whether the person has logged in since.
    pub(crate) logged_in: bool,
    pub(crate) challenges: BTreeMap<IntentId, OrderChallenge>,
    /// Every answer to a challenge that arrived, in order.
    pub(crate) approvals: Vec<Vec<u8>>,
}

impl Orders {
    pub(crate) fn new() -> Self {
        Self {
            limit: czk(500_000),
            vouchers: BTreeMap::new(),
            received: BTreeMap::new(),
            refused: BTreeMap::new(),
            burnt: Vec::new(),
            arrived: Vec::new(),
            refuses: None,
            limits: None,
            brakes: Vec::new(),
            fees: Vec::new(),
            pending_fee: None,
            gives: None,
            unanswerable: None,
            needs: None,
            logged_in: false,
            challenges: BTreeMap::new(),
            approvals: Vec::new(),
        }
    }

    /// How often an order arrived.
    pub(crate) fn arrivals(&self, intent: IntentId) -> usize {
        let all = self.arrived.iter();
        all.filter(|(arrived, _)| *arrived == intent).count()
    }
}

impl Bank {
    pub(crate) fn vouchers(&mut self, device: DeviceId) -> Result<VouchersAnswer, ErrorCode> {
        if let Some(given) = &self.orders.gives {
            return Ok(VouchersAnswer {
                vouchers: given.iter().map(|one| one.clone().into()).collect(),
                limits: self.orders.limits.clone(),
                fees: self.orders.fees.clone(),
            });
        }
        let now = self.time();
        let alive = |(voucher, spent): &&(Voucher, bool)| {
            voucher.device == device && !spent && voucher.expires >= now
        };
        let count = self.orders.vouchers.values().filter(alive).count();
        for _ in count..VOUCHERS_MAX {
            let mut id = [0; 16];
            self.rng.fill_bytes(&mut id);
            let voucher = Voucher {
                voucher: VoucherId::new(id),
                customer: CUSTOMER.parse().unwrap(),
                device,
                limit: self.orders.limit,
                issued: now,
                expires: now.plus_ms(VOUCHER_MS),
            };
            self.orders
                .vouchers
                .insert(voucher.voucher, (voucher, false));
        }
        let all = self.orders.vouchers.values().filter(alive);
        let vouchers = all.map(|(voucher, _)| voucher.sign(&self.voucher_key).unwrap().into());
        Ok(VouchersAnswer {
            vouchers: vouchers.collect(),
            limits: self.orders.limits.clone(),
            fees: self.orders.fees.clone(),
        })
    }

    pub(crate) fn order(
        &mut self,
        device: DeviceId,
        order: &SignedOrder,
    ) -> Result<OrderReceived, ErrorCode> {
        let signed = SignedIntent {
            signed: order.signed.0.clone(),
            assertion: None,
        };
        let intent = signed.intent().map_err(|_| ErrorCode::OrderMalformed)?;
        let id = intent.intent;
        self.orders.arrived.push((id, signed.signed.clone()));
        if self.orders.unanswerable.is_some() && intent.order.amount() == self.orders.unanswerable {
            return Err(ErrorCode::Unavailable);
        }
        if let Some(code) = self.orders.refused.get(&id) {
            return Err(*code);
        }
        if let Some(known) = self.orders.received.get(&id) {
            assert_eq!(known.intent, intent, "the same id with other content");
            return Ok(OrderReceived {
                intent: id,
                received: known.at,
                challenge: self.orders.challenges.get(&id).cloned(),
            });
        }
        let judged = self.judge_order(device, &signed, &intent);
        if let Err(code) = judged {
            self.orders.refused.insert(id, code);
            return Err(code);
        }
        if let Some(voucher) = intent.voucher {
            self.orders.vouchers.get_mut(&voucher).unwrap().1 = true;
        }
        let at = self.time();
        let answer = OrderAnswer {
            intent: id,
            received: at,
            state: OrderProgress::Received,
            reason: None,
            code: None,
            bank_reference: None,
            date: None,
            challenge: None,
        };
        let answer = self.judge_again(answer, &intent);
        self.orders
            .received
            .insert(id, Received { intent, at, answer });
        Ok(OrderReceived {
            intent: id,
            received: at,
            challenge: self.orders.challenges.get(&id).cloned(),
        })
    }

    fn judge_order(
        &mut self,
        device: DeviceId,
        signed: &SignedIntent,
        intent: &Intent,
    ) -> Result<(), ErrorCode> {
        let now = self.time();
        let reader = &self.readers[&device];
        assert_eq!((intent.channel, intent.device), (self.channel, device));
        assert_eq!(intent.customer.as_str(), CUSTOMER);
        let signature = signed.verify_signature(DeviceForm::App, &reader.session, &reader.approval);
        signature.map_err(|_| ErrorCode::OrderSignatureInvalid)?;
        assert!(intent.text_matches());
        if let Some(code) = self.orders.refuses {
            return Err(code);
        }
        if self.orders.burnt.contains(&intent.intent) {
            return Err(ErrorCode::OrderCancelledBefore);
        }
        if intent.created > now.plus_ms(order::CREATED_AHEAD_MS_MAX) {
            return Err(ErrorCode::OrderCreatedAhead);
        }
        if now > intent.not_after {
            return Err(ErrorCode::OrderExpired);
        }
        if let Some(voucher) = intent.voucher {
            let known = self.orders.vouchers.get(&voucher);
            let (voucher, spent) = known.ok_or(ErrorCode::VoucherUnknown)?;
            if *spent {
                return Err(ErrorCode::VoucherSpent);
            }
            if now > voucher.expires {
                return Err(ErrorCode::VoucherExpired);
            }
            check_limit(&intent.order, voucher.limit, None).unwrap();
        }
        if intent.order.kind() == OrderKind::Cancel {
            let target: IntentId = intent.order.target().unwrap().parse().unwrap();
            match self.orders.received.get(&target) {
                None => self.orders.burnt.push(target),
                Some(one) if one.answer.state == OrderProgress::Pending => {}
                Some(one) if one.answer.state == OrderProgress::Challenged => {
                    let target = self.orders.received.get_mut(&target).unwrap();
                    target.answer.state = OrderProgress::Cancelled;
                }
                Some(_) => return Err(ErrorCode::OrderTargetDone),
            }
        }
        Ok(())
    }

    /// What becomes of an order that was accepted: if the bank asks for a second approval, it is challenged. A cancellation
    /// of a challenged order is executed at once.
    fn judge_again(&mut self, answer: OrderAnswer, intent: &Intent) -> OrderAnswer {
        if let Some(target) = intent.order.target() {
            let target = target.parse().ok();
            let target = target.and_then(|target: IntentId| self.orders.received.get(&target));
            let ended = target.is_some_and(|one| one.answer.state == OrderProgress::Cancelled);
            return OrderAnswer {
                state: match ended {
                    true => OrderProgress::Executed,
                    false => answer.state,
                },
                ..answer
            };
        }
        let Some(needs) = self.orders.needs else {
            return answer;
        };
        let mut challenge = [0; 16];
        self.rng.fill_bytes(&mut challenge);
        let challenge = OrderChallenge {
            challenge: ChallengeId::new(challenge),
            needs: vec![needs.to_owned()],
            reasons: vec!["new_payee".to_owned()],
            expires: self.time().plus_ms(15 * 60_000),
        };
        let asked = Some(challenge.clone());
        self.orders.challenges.insert(intent.intent, challenge);
        OrderAnswer {
            state: OrderProgress::Challenged,
            challenge: asked,
            ..answer
        }
    }

    /// Takes the answer to a challenge.
    pub(crate) fn approve(
        &mut self,
        device: DeviceId,
        id: IntentId,
        answer: &SignedChallenge,
    ) -> Result<OrderReceived, ErrorCode> {
        let answer = order::SignedChallenge {
            signed: answer.signed.0.clone(),
            assertion: None,
        };
        self.orders.approvals.push(answer.signed.clone());
        let now = self.time();
        let known = self.orders.received.get_mut(&id);
        let known = known.ok_or(ErrorCode::OrderUnknown)?;
        let asked = &self.orders.challenges[&id];
        let signed = answer.challenge().unwrap();
        assert_eq!((signed.customer.as_str(), signed.intent), (CUSTOMER, id));
        assert_eq!(signed.hash, known.intent.hash());
        if signed.challenge != asked.challenge {
            return Err(ErrorCode::ChallengeDiffers);
        }
        let reader = &self.readers[&device];
        let (session, approval) = (&reader.session, &reader.approval);
        let verified = answer.verify_signature(DeviceForm::App, session, approval);
        verified.map_err(|_| ErrorCode::ChallengeSignatureInvalid)?;
        if asked.needs.contains(&"login".to_owned()) && !self.orders.logged_in {
            return Err(ErrorCode::LoginRequired);
        }
        match known.answer.state {
            OrderProgress::Challenged if now > asked.expires => {
                self.end_unanswered(id);
                return Err(ErrorCode::ChallengeExpired);
            }
            OrderProgress::Challenged => {
                known.answer.state = OrderProgress::Received;
                known.answer.challenge = None;
            }
            OrderProgress::Cancelled => return Err(ErrorCode::OrderNotChallenged),
            OrderProgress::Refused => return Err(ErrorCode::ChallengeExpired),
            _ => {}
        }
        Ok(OrderReceived {
            intent: id,
            received: known.at,
            challenge: None,
        })
    }

    /// Ends an order that nobody approved again.
    pub(crate) fn end_unanswered(&mut self, intent: IntentId) {
        let code = ErrorCode::ChallengeExpired;
        let known = self.orders.received.get_mut(&intent).unwrap();
        known.answer = OrderAnswer {
            state: OrderProgress::Refused,
            reason: Some(code.slug().to_owned()),
            code: Some(code.number()),
            challenge: None,
            ..known.answer.clone()
        };
    }

    /// Freezes at once; there are no limits here, and what ends does so in 12 hours.
    pub(crate) fn brake(&mut self, request: SetBrake) -> Result<OrderLimits, ErrorCode> {
        let now = self.time();
        let limits = self.orders.limits.as_mut().unwrap();
        if request.limit.is_some() {
            return Err(ErrorCode::BrakeInvalid);
        }
        limits.brakes.retain(|own| own.brake != request.brake);
        limits.brakes.push(OwnBrake {
            brake: request.brake.clone(),
            limit: None,
            banks: None,
            since: now,
            loosens: request.ends.then(|| now.plus_ms(limits.cooling_off_ms)),
            then: None,
        });
        self.orders.brakes.push(request);
        Ok(self.orders.limits.clone().unwrap())
    }

    /// Account 704 belongs to Jana, and nothing is said of others.
    pub(crate) fn check_payee(&self, payee: &PayeeCheckRequest) -> PayeeCheckAnswer {
        let answer = |result, name: Option<&str>| PayeeCheckAnswer {
            result,
            name: name.map(str::to_owned),
        };
        match (payee.identification.as_str(), payee.name.as_str()) {
            ("704", "Jana") => answer(PayeeMatch::Match, None),
            ("704", "Jan") => answer(PayeeMatch::Close, Some("Jana")),
            ("704", _) => answer(PayeeMatch::None, None),
            _ => answer(PayeeMatch::CannotSay, None),
        }
    }

    pub(crate) fn order_state(&self, intent: IntentId) -> Result<OrderAnswer, ErrorCode> {
        if let Some(code) = self.orders.refused.get(&intent) {
            return Ok(OrderAnswer {
                intent,
                received: self.time(),
                state: OrderProgress::Refused,
                reason: Some(code.slug().to_owned()),
                code: Some(code.number()),
                bank_reference: None,
                date: None,
                challenge: None,
            });
        }
        let known = self.orders.received.get(&intent);
        known
            .map(|known| known.answer.clone())
            .ok_or(ErrorCode::OrderUnknown)
    }

    /// Puts the orders back to a state before any came, vouchers too.
    pub(crate) fn forget_orders(&mut self) {
        self.orders.received.clear();
        for (_, spent) in self.orders.vouchers.values_mut() {
            *spent = false;
        }
    }

    /// The only order that the bank has.
    pub(crate) fn only_order(&self) -> IntentId {
        let ids: Vec<_> = self.orders.received.keys().collect();
        assert_eq!(ids.len(), 1);
        *ids[0]
    }

    /// Lets the core bank pend an order until a day, and says so.
    pub(crate) fn pend(&mut self, intent: IntentId, date: Option<&str>) {
        self.becomes(intent, OutcomeKind::Pending, None, date, true);
    }

    /// Lets the core bank execute an order, and says so. The booking is said apart from it, by `book_order`.
    pub(crate) fn execute(&mut self, intent: IntentId) {
        self.becomes(
            intent,
            OutcomeKind::Executed,
            None,
            Some("2026-09-22"),
            true,
        );
    }

    /// Lets the core bank execute an order, and loses the event.
    pub(crate) fn execute_silently(&mut self, intent: IntentId) {
        self.becomes(
            intent,
            OutcomeKind::Executed,
            None,
            Some("2026-09-22"),
            false,
        );
    }

    pub(crate) fn refuse_order(&mut self, intent: IntentId, reason: Reason) {
        self.becomes(intent, OutcomeKind::Refused, Some(reason), None, true);
    }

    pub(crate) fn cancel_order(&mut self, intent: IntentId) {
        self.becomes(intent, OutcomeKind::Cancelled, None, None, true);
    }

    fn becomes(
        &mut self,
        intent: IntentId,
        kind: OutcomeKind,
        reason: Option<Reason>,
        date: Option<&str>,
        told: bool,
    ) {
        let known = self.orders.received.get_mut(&intent).unwrap();
        let date = date.map(|date| date.parse().unwrap());
        let order = known.intent.order.clone();
        let bank_reference = (kind == OutcomeKind::Executed).then(|| format!("ref {intent}"));
        known.answer = OrderAnswer {
            state: match kind {
                OutcomeKind::Pending => OrderProgress::Pending,
                OutcomeKind::Executed => OrderProgress::Executed,
                OutcomeKind::Refused => OrderProgress::Refused,
                OutcomeKind::Cancelled => OrderProgress::Cancelled,
            },
            reason: reason.as_ref().map(|reason| reason.as_str().to_owned()),
            bank_reference: bank_reference.clone(),
            date,
            ..known.answer.clone()
        };
        let outcome = Outcome {
            kind,
            intent,
            order_kind: order.kind(),
            reason,
            bank_reference,
            date,
            order: (kind == OutcomeKind::Pending).then_some(order),
        };
        self.report(&outcome, told);
    }

    /// Reports what became of an order, which another device may have given.
    pub(crate) fn report_outcome(&mut self, outcome: &Outcome) {
        self.report(outcome, true);
    }

    /// Reports that an order of another device was executed, and which of the account's events its booking is.
    pub(crate) fn executed_elsewhere(&mut self, intent: IntentId, booked: Sequence) {
        self.pending.remove(&intent.to_string());
        let outcome = Outcome {
            kind: OutcomeKind::Executed,
            intent,
            order_kind: OrderKind::Transfer,
            reason: None,
            bank_reference: None,
            date: None,
            order: None,
        };
        let mut arguments = outcome.arguments();
        arguments.insert("booked".into(), booked.into());
        self.says(EntryKind::OrderExecuted, arguments, true);
    }

    fn report(&mut self, outcome: &Outcome, told: bool) {
        let id = outcome.intent.to_string();
        self.pending.remove(&id);
        let mut arguments = outcome.arguments();
        if outcome.kind == OutcomeKind::Pending {
            let fee = self.orders.pending_fee;
            arguments.extend(fee.map(|fee| ("fee".into(), fee.into())));
            self.pending.insert(id, arguments.clone());
        }
        let kind = outcome.kind.as_str().parse().unwrap();
        self.says(kind, arguments, told);
    }

    /// Books the payment of an order, and says so to the customer who ordered.
    pub(crate) fn book_order(&mut self, account: &str, amount: i64, intent: IntentId) {
        let mut entry = self.book(account, amount);
        entry.booking.as_mut().unwrap().order = Some(intent.to_string());
        self.tell(&entry);
    }

    pub(crate) fn add_payee(&mut self, payee: &str, order: &Order) {
        let arguments = arguments("payee", payee, Some(order));
        self.payees_added
            .insert(payee.to_owned(), arguments.clone());
        self.says(EntryKind::PayeeAdded, arguments, true);
    }

    pub(crate) fn remove_payee(&mut self, payee: &str) {
        self.payees_added.remove(payee);
        self.says(
            EntryKind::PayeeRemoved,
            arguments("payee", payee, None),
            true,
        );
    }

    /// Removes a payee, and loses the event.
    pub(crate) fn lose_payee(&mut self, payee: &str) {
        self.payees_added.remove(payee);
        self.says(
            EntryKind::PayeeRemoved,
            arguments("payee", payee, None),
            false,
        );
    }

    pub(crate) fn create_standing(&mut self, standing: &str, order: &Order) {
        let arguments = arguments("standing", standing, Some(order));
        self.standing.insert(standing.to_owned(), arguments.clone());
        self.says(EntryKind::StandingCreated, arguments, true);
    }

    pub(crate) fn end_standing(&mut self, standing: &str) {
        self.standing.remove(standing);
        let arguments = arguments("standing", standing, None);
        self.says(EntryKind::StandingEnded, arguments, true);
    }

    /// An event about the customer, told to the devices or lost.
    fn says(&mut self, kind: EntryKind, arguments: Map, told: bool) {
        self.customer = self.customer.next();
        let id = format!("customer {}{}", self.customer, self.told_apart);
        let entry = Entry::of_customer(
            id.parse().unwrap(),
            kind,
            &CUSTOMER.parse().unwrap(),
            self.customer,
            self.time(),
            arguments,
        );
        if told {
            self.tell(&entry);
        }
    }
}

fn arguments(name: &str, id: &str, order: Option<&Order>) -> Map {
    let mut arguments = Map::from([(Key::from(name), Value::from(id))]);
    if let Some(order) = order {
        arguments.insert(Key::from("order"), order.to_value());
    }
    arguments
}

#[test]
fn the_vouchers_key_is_listed() {
    let bank = Bank::new();
    let key = bank.voucher_key.public_key();
    let at = Time::from_ms(START);
    let listed = bank.trust.key(key.kid(), envelope::Purpose::Voucher, at);
    assert_eq!(listed, Ok(key));
}
