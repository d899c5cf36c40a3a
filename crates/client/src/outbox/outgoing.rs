//! One order that this device signed.

use crate::outbox::progress::{Progress, Source};
use crate::records::{self, Rest};
use crate::seal::SealedError;
use order::{Intent, OrderKind, SignedIntent};
use protocol::cbor::{self, Value};
use protocol::cbor_array;
use types::{AccountId, Money};

/// A signed order, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) intent: Intent,
    /// The Sign1 that embeds the intent. Every attempt sends these bytes.
    pub(crate) signed: Vec<u8>,
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
    pub(crate) fn new(intent: Intent, signed: Vec<u8>) -> Self {
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
            self.signed.as_slice(),
            self.progress.encode(),
            self.booked,
            self.passed_over,
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
        Ok(Some(Self {
            intent,
            signed: signed.signed,
            unanswered: progress == Progress::Sent,
            progress,
            booked: fields.take()?,
            passed_over: fields.take()?,
            rest: Rest::of(fields),
        }))
    }
}
