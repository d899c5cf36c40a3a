//! The phone of the vectors' customer, which makes orders of its own.

use super::vectors::vectors;
use super::world::text;
use envelope::{Sign1, SoftwareKey};
use order::{
    Creditor, Intent, Locale, Order, OrderFields, OrderKind, Orderer, Scheme, SignedIntent,
};
use types::{ChannelId, IntentId, Money, Time, VoucherId, hex};

/// The time of the vectors.
pub(super) const NOW: Time = Time::from_ms(1_790_000_000_000);

const HOUR_MS: u64 = 3_600_000;

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
        let private = text(&vectors["keys"]["phone approval"]["private"]);
        let private: [u8; 32] = hex::decode(private).unwrap().try_into().unwrap();
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
            approval: SoftwareKey::from_bytes(&private).unwrap(),
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

    /// A cancellation of an order, which copies nothing.
    pub(super) fn cancel(&mut self, target: IntentId, now: Time) -> (IntentId, SignedIntent) {
        let order = Order::new(OrderFields {
            target: Some(target.to_string()),
            ..OrderFields::new(OrderKind::Cancel)
        });
        self.sign(order.unwrap(), None, now)
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
        let times = (now, now.plus_ms(HOUR_MS));
        let intent = Intent::new(id, self.orderer.clone(), order, voucher, times, Locale::En);
        let signed = Sign1::sign_embedded(&self.approval, &intent.unwrap().encode()).unwrap();
        let signed = SignedIntent {
            signed,
            assertion: None,
        };
        (id, signed)
    }
}
