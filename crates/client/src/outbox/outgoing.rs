//! One order that this device signed.

use crate::approved::Approved;
use crate::outbox::progress::{Progress, Source};
use crate::records::{self, Rest};
use crate::seal::SealedError;
use order::{Intent, OrderKind, SignedIntent};
use protocol::cbor::{self, Value};
use protocol::cbor_array;
use types::{AccountId, Money, Time};

/// An amount together with its fee. `None` if the sum is out of range.
pub(crate) fn with_fee(amount: Money, fee: Option<Money>) -> Option<Money> {
    match fee {
        Some(fee) => amount.checked_add(&fee).ok(),
        None => Some(amount),
    }
}

/// A signed order, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) intent: Intent,
    /// The Sign1 that embeds the intent.
    pub(crate) approved: Approved,
    pub(crate) progress: Progress,
    /// Whether its booking has arrived, so that the balances include its amount.
    pub(crate) booked: bool,
    /// Whether the device continued from a snapshot meanwhile, which may include its amount.
    pub(crate) passed_over: bool,
    /// What it costs beside its amount, as the person was shown.
    pub(crate) fee: Option<Money>,
    pub(crate) rest: Rest,
    /// Whether an attempt ended without an answer. Not stored: after a restart nobody knows.
    pub(crate) unanswered: bool,
}

impl Outgoing {
    pub(crate) fn new(intent: Intent, approved: Approved, fee: Option<Money>) -> Self {
        Self {
            intent,
            approved,
            progress: Progress::Waiting,
            booked: false,
            passed_over: false,
            fee,
            rest: Rest::default(),
            unanswered: false,
        }
    }

    /// Adopts news. Returns whether they changed anything.
    pub(crate) fn hear(&mut self, news: Progress, source: Source) -> bool {
        if !self.progress.yields_to(&news, source) {
            return false;
        }
        let is_executed = matches!(news, Progress::Executed { .. });
        // Its booking may have been before the snapshot from which the device continued, and then does not arrive.
        self.booked |= is_executed && self.passed_over && source == Source::Answer;
        self.progress = news;
        true
    }

    /// Whether it was never sent, and the bank would not accept it any more.
    pub(crate) fn is_too_late(&self, now: Time) -> bool {
        self.progress == Progress::Waiting && now > self.intent.not_after
    }

    /// The account that it debits and the amount, if it moves money once.
    pub(crate) fn debit(&self) -> Option<(AccountId, Money)> {
        let order = &self.intent.order;
        let once = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        let account = order.debit_account().filter(|_| once)?;
        Some((account.parse().ok()?, order.amount()?))
    }

    /// What leaves the account, if the order moves money once: the amount and the fee. `None` if that is out of range.
    pub(crate) fn leaves(&self) -> Option<(AccountId, Money)> {
        let (account, amount) = self.debit()?;
        Some((account, with_fee(amount, self.fee)?))
    }

    /// Whether its amount will leave the account, or has left it, and the balances do not include that yet.
    pub(crate) const fn is_pending_amount(&self) -> bool {
        let may_move = match self.progress {
            Progress::Refused(_) | Progress::Expired | Progress::Cancelled => false,
            Progress::Waiting
            | Progress::Sent
            | Progress::Challenged(_)
            | Progress::Approved(..)
            | Progress::Accepted
            | Progress::Pending(_)
            | Progress::Executed { .. } => true,
        };
        may_move && !self.booked
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let known = cbor_array![
            1,
            self.approved.signed.as_slice(),
            self.progress.encode(),
            self.booked,
            self.passed_over,
            self.fee,
            self.approved.assertion.as_ref(),
        ];
        cbor::encode(&self.rest.after(known))
    }

    /// Reads a record. `None` if it is an order of a newer version: it stays in the store, and that version sends it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, SealedError> {
        let mut fields = records::fields(bytes)?;
        let signed = SignedIntent {
            signed: fields.take()?,
            assertion: None,
        };
        let Ok(intent) = signed.intent() else {
            return Ok(None);
        };
        let progress = Progress::decode(fields.take::<Value>()?)?;
        let (booked, passed_over) = (fields.take()?, fields.take()?);
        let fee = fields.take_added()?.flatten();
        let approved = Approved {
            signed: signed.signed,
            assertion: fields.take_added()?.flatten(),
        };
        Ok(Some(Self {
            intent,
            approved,
            unanswered: progress == Progress::Sent,
            progress,
            booked,
            passed_over,
            fee,
            rest: Rest::of(fields),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envelope::{Sign1, SoftwareKey};
    use order::{Assertion, Creditor, Locale, Order, OrderFields, Orderer, Scheme};
    use protocol::cbor::FromValue as _;
    use types::{ChannelId, Currency, DeviceId, IntentId, Time, VoucherId};

    #[test]
    fn an_order_is_read_back_and_one_of_a_version_without_fees_costs_nothing() {
        let order = Order::new(OrderFields {
            debit_account: Some("576".to_owned()),
            amount: Some(Money::new(700, Currency::CZK)),
            creditor: Some(Creditor::new(Scheme::Account, "704")),
            ..OrderFields::new(OrderKind::Transfer)
        });
        let orderer = Orderer {
            customer: "1001".parse().unwrap(),
            channel: ChannelId::new([1; 16]),
            device: DeviceId::at(Time::from_ms(1), [2; 10]),
        };
        let id = IntentId::at(Time::from_ms(7), [3; 10]);
        let (voucher, times) = (
            Some(VoucherId::new([4; 16])),
            (Time::from_ms(7), Time::from_ms(8)),
        );
        let intent = Intent::new(id, orderer, order.unwrap(), voucher, times, Locale::En).unwrap();
        let key = SoftwareKey::from_bytes(&[5; 32]).unwrap();
        let signed = Sign1::sign_embedded(&key, &intent.encode()).unwrap();
        let approved = Approved {
            signed,
            assertion: Some(Assertion {
                credential: vec![1],
                authenticator_data: vec![2],
                client_data_json: vec![3],
                signature: vec![4],
            }),
        };
        let mut outgoing = Outgoing::new(intent, approved, Some(Money::new(20, Currency::CZK)));
        let stored = outgoing.encode();
        assert_eq!(Outgoing::decode(&stored).unwrap().as_ref(), Some(&outgoing));
        assert_eq!(outgoing.leaves().unwrap().1, Money::new(720, Currency::CZK));
        let mut earlier = Vec::from_value(cbor::decode(&stored).unwrap()).unwrap();
        earlier.pop();
        outgoing.approved.assertion = None;
        let read = Outgoing::decode(&cbor::encode(&Value::Array(earlier.clone()))).unwrap();
        assert_eq!(read.as_ref(), Some(&outgoing), "of a version for apps only");
        earlier.pop();
        outgoing.fee = None;
        let read = Outgoing::decode(&cbor::encode(&Value::Array(earlier))).unwrap();
        assert_eq!(read, Some(outgoing));
    }
}
