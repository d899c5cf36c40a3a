//! The phone of the vectors' customer, which makes orders of its own.

use super::vectors::vectors;
use super::world::text;
use envelope::{Sign1, SoftwareKey};
use order::{
    Challenge, Creditor, Intent, Locale, Order, OrderFields, OrderKind, Orderer, Scheme,
    SignedChallenge, SignedIntent,
};
use types::{ChallengeId, ChannelId, IntentId, Money, Time, VoucherId, hex};

/// The time of the vectors.
pub(super) const NOW: Time = Time::from_ms(1_790_000_000_000);

const HOUR_MS: u64 = 3_600_000;

/// A key of the vectors.
pub(super) fn key(name: &str) -> SoftwareKey {
    let vectors = vectors();
    let private = text(&vectors["keys"][name]["private"]);
    let private: [u8; 32] = hex::decode(private).unwrap().try_into().unwrap();
    SoftwareKey::from_bytes(&private).unwrap()
}

/// Signs an answer to a challenge with that key.
pub(super) fn answer(key: &SoftwareKey, challenge: &Challenge) -> SignedChallenge {
    SignedChallenge {
        signed: Sign1::sign_embedded(key, &challenge.encode()).unwrap(),
        assertion: None,
    }
}

pub(super) struct Phone {
    orderer: Orderer,
    approval: SoftwareKey,
    vouchers: Vec<VoucherId>,
    made: u8,
}

impl Phone {
    /// The phone, with these vouchers.
    pub(super) fn new(vouchers: Vec<VoucherId>) -> Self {
        let vectors = vectors();
        let token = &vectors["world"]["token"];
        let channel: [u8; 16] = hex::decode(text(&token["channel"]))
            .unwrap()
            .try_into()
            .unwrap();
        Self {
            orderer: Orderer {
                customer: text(&token["customer"]).parse().unwrap(),
                channel: ChannelId::new(channel),
                device: text(&token["device"]).parse().unwrap(),
            },
            approval: key("phone approval"),
            vouchers,
            made: 0,
        }
    }

    /// A transfer of so many koruna to an account here, under the next voucher.
    pub(super) fn transfer(
        &mut self,
        koruna: i64,
        to: &str,
        now: Time,
    ) -> (IntentId, SignedIntent) {
        let order = Order::new(OrderFields {
            debit_account: Some("576".to_owned()),
            amount: Some(Money::new(koruna * 100, "CZK".parse().unwrap())),
            creditor: Some(Creditor::new(Scheme::Account, to)),
            ..OrderFields::new(OrderKind::Transfer)
        });
        let voucher = self.vouchers.pop().unwrap();
        self.sign(order.unwrap(), Some(voucher), now)
    }

    /// The same with an id that another app prepared.
    pub(super) fn transfer_as(
        &mut self,
        id: IntentId,
        (koruna, to): (i64, &str),
        now: Time,
    ) -> SignedIntent {
        let (_, order) = self.transfer(koruna, to, now);
        let Intent { order, voucher, .. } = order.intent().unwrap();
        self.sign_as(id, order, voucher, now)
    }

    /// A cancellation of an order, which copies nothing.
    pub(super) fn cancel(&mut self, target: IntentId, now: Time) -> (IntentId, SignedIntent) {
        let order = Order::new(OrderFields {
            target: Some(target.to_string()),
            ..OrderFields::new(OrderKind::Cancel)
        });
        self.sign(order.unwrap(), None, now)
    }

    /// A cancellation that copies the order, as a device does.
    pub(super) fn cancel_as_it_stands(
        &mut self,
        order: &SignedIntent,
        now: Time,
    ) -> (IntentId, SignedIntent) {
        let target = order.intent().unwrap();
        let cancel = Order::new(OrderFields {
            target: Some(target.intent.to_string()),
            debit_account: target.order.debit_account().map(str::to_owned),
            amount: target.order.amount(),
            creditor: target.order.creditor().cloned(),
            ..OrderFields::new(OrderKind::Cancel)
        });
        self.sign(cancel.unwrap(), None, now)
    }

    /// An order to add a payee here, under the next voucher.
    pub(super) fn add_payee(&mut self, payee: &str, now: Time) -> (IntentId, SignedIntent) {
        let order = Order::new(OrderFields {
            creditor: Some(Creditor::new(Scheme::Account, payee)),
            ..OrderFields::new(OrderKind::PayeeAdd)
        });
        let voucher = self.vouchers.pop().unwrap();
        self.sign(order.unwrap(), Some(voucher), now)
    }

    /// The statement that answers the challenge to an order.
    pub(super) fn challenge(&self, order: &SignedIntent, challenge: ChallengeId) -> Challenge {
        let intent = order.intent().unwrap();
        Challenge {
            customer: self.orderer.customer.clone(),
            intent: intent.intent,
            hash: intent.hash(),
            challenge,
        }
    }

    /// Signs an answer with the approval key.
    pub(super) fn answer(&self, challenge: &Challenge) -> SignedChallenge {
        answer(&self.approval, challenge)
    }

    /// Another order under the voucher that was used last.
    pub(super) fn again_under(&mut self, voucher: VoucherId) {
        self.vouchers.push(voucher);
    }

    fn sign(
        &mut self,
        order: Order,
        voucher: Option<VoucherId>,
        now: Time,
    ) -> (IntentId, SignedIntent) {
        self.made += 1;
        let id = IntentId::at(now, [self.made; 10]);
        (id, self.sign_as(id, order, voucher, now))
    }

    fn sign_as(
        &self,
        id: IntentId,
        order: Order,
        voucher: Option<VoucherId>,
        now: Time,
    ) -> SignedIntent {
        let times = (now, now.plus_ms(HOUR_MS));
        let intent = Intent::new(id, self.orderer.clone(), order, voucher, times, Locale::En);
        let signed = Sign1::sign_embedded(&self.approval, &intent.unwrap().encode()).unwrap();
        SignedIntent {
            signed,
            assertion: None,
        }
    }
}
