//! One order that this device signed.

use crate::outbox::progress::{Progress, Source};
use crate::records::{self, Rest};
use crate::seal::SealedError;
use order::{Assertion, Intent, OrderKind, SignedIntent};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::cbor_array;
use types::{AccountId, Money};

/// A signed order, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) intent: Intent,
    /// The Sign1 that embeds the intent, and the passkey's assertion of a browser. Every attempt sends these bytes.
    pub(crate) signed: SignedIntent,
    pub(crate) progress: Progress,
    /// Whether its booking has arrived, so that the balances include its amount.
    pub(crate) booked: bool,
    /// Whether the device continued from a snapshot meanwhile, which may include its amount.
    pub(crate) passed_over: bool,
    pub(crate) rest: Rest,
    /// Whether an attempt ended without an answer. Not stored: after a restart nobody knows.
    pub(crate) unanswered: bool,
}

impl Outgoing {
    pub(crate) fn new(intent: Intent, signed: SignedIntent) -> Self {
        Self {
            intent,
            signed,
            progress: Progress::Waiting,
            booked: false,
            passed_over: false,
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

    /// The account that it debits and the amount, if it moves money once.
    pub(crate) fn debit(&self) -> Option<(AccountId, Money)> {
        let order = &self.intent.order;
        let once = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        let account = order.debit_account().filter(|_| once)?;
        Some((account.parse().ok()?, order.amount()?))
    }

    /// Whether its amount will leave the account, or has left it, and the balances do not include that yet.
    pub(crate) const fn is_pending_amount(&self) -> bool {
        let may_move = match self.progress {
            Progress::Refused(_) | Progress::Expired | Progress::Cancelled => false,
            Progress::Waiting
            | Progress::Sent
            | Progress::Accepted
            | Progress::Pending(_)
            | Progress::Executed { .. } => true,
        };
        may_move && !self.booked
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let known = cbor_array![
            1,
            self.signed.signed.as_slice(),
            self.progress.encode(),
            self.booked,
            self.passed_over,
            assertion_value(self.signed.assertion.as_ref()),
        ];
        cbor::encode(&self.rest.after(known))
    }

    /// Reads a record. `None` if it is an order of a newer version: it stays in the store, and that version sends it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, SealedError> {
        let mut fields = records::fields(bytes)?;
        let mut signed = SignedIntent {
            signed: fields.take()?,
            assertion: None,
        };
        let Ok(intent) = signed.intent() else {
            return Ok(None);
        };
        let progress = Progress::decode(fields.take::<Value>()?)?;
        let (booked, passed_over) = (fields.take()?, fields.take()?);
        // Earlier versions signed orders of apps only.
        signed.assertion = match fields.take_added::<Value>()? {
            None | Some(Value::Null) => None,
            Some(assertion) => Some(assertion_of(assertion)?),
        };
        Ok(Some(Self {
            intent,
            signed,
            unanswered: progress == Progress::Sent,
            progress,
            booked,
            passed_over,
            rest: Rest::of(fields),
        }))
    }
}

fn assertion_value(assertion: Option<&Assertion>) -> Value {
    assertion.map_or(Value::Null, |assertion| {
        cbor_array![
            assertion.credential.as_slice(),
            assertion.authenticator_data.as_slice(),
            assertion.client_data_json.as_slice(),
            assertion.signature.as_slice(),
        ]
    })
}

fn assertion_of(value: Value) -> Result<Assertion, SealedError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let assertion = Assertion {
        credential: fields.take()?,
        authenticator_data: fields.take()?,
        client_data_json: fields.take()?,
        signature: fields.take()?,
    };
    fields.end()?;
    Ok(assertion)
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::{Creditor, Locale, Order, OrderFields, Orderer, Scheme};
    use types::{ChannelId, DeviceId, IntentId, Time, VoucherId};

    fn intent() -> Intent {
        let order = Order::new(OrderFields {
            debit_account: Some("576".to_owned()),
            amount: Some(Money::new(100, "CZK".parse().unwrap())),
            creditor: Some(Creditor::new(Scheme::Account, "704")),
            ..OrderFields::new(OrderKind::Transfer)
        });
        let now = Time::from_ms(1_790_000_000_000);
        let orderer = Orderer {
            customer: "692".parse().unwrap(),
            channel: ChannelId::new([1; 16]),
            device: DeviceId::at(now, [1; 10]),
        };
        let id = IntentId::at(now, [2; 10]);
        let voucher = Some(VoucherId::new([3; 16]));
        let times = (now, now.plus_ms(1000));
        Intent::new(id, orderer, order.unwrap(), voucher, times, Locale::En).unwrap()
    }

    fn outgoing(assertion: Option<Assertion>) -> Outgoing {
        let intent = intent();
        let signed = cbor_array![
            [0_u8].as_slice(),
            Value::Map([].into()),
            intent.encode().as_slice(),
            [0_u8; 64].as_slice()
        ];
        let signed = SignedIntent {
            signed: cbor::encode(&signed),
            assertion,
        };
        Outgoing::new(intent, signed)
    }

    #[test]
    fn what_approved_an_order_is_kept_and_an_earlier_record_has_no_assertion() {
        let assertion = Assertion {
            credential: vec![1],
            authenticator_data: vec![2],
            client_data_json: vec![3],
            signature: vec![4],
        };
        for outgoing in [outgoing(None), outgoing(Some(assertion))] {
            let read = Outgoing::decode(&outgoing.encode()).unwrap();
            assert_eq!(read, Some(outgoing));
        }
        let app = outgoing(None);
        let Ok(Value::Array(mut elements)) = cbor::decode(&app.encode()) else {
            panic!("an array");
        };
        assert_eq!(elements.pop(), Some(Value::Null), "the assertion");
        let earlier = cbor::encode(&Value::Array(elements));
        assert_eq!(Outgoing::decode(&earlier).unwrap(), Some(app));
    }
}
