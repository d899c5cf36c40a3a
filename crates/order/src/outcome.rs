//! What became of an order: the arguments of the core bank's events about the customer.

use crate::words::closed_words;
use crate::{Order, OrderError, OrderKind, Reason};
use protocol::cbor::{FromValue, Key, Map, Value};
use protocol::{EntryKind, ParseError};
use types::{BusinessDate, IntentId};

closed_words!(
    /// What became of an order. The word is the kind of the core bank's event.
    OutcomeKind, OrderError::UnknownKind, {
        /// The order is dated, or in clearing.
        Pending = "order.pending",
        /// The order was executed.
        Executed = "order.executed",
        /// The bank refused the order.
        Refused = "order.refused",
        /// The order was cancelled before it was executed.
        Cancelled = "order.cancelled",
    }
);

/// The core bank's statement of what became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What became of the order.
    pub kind: OutcomeKind,
    /// The id under which the customer gave the order.
    pub intent: IntentId,
    /// The order's kind.
    pub order_kind: OrderKind,
    /// Why, if the order was refused.
    pub reason: Option<Reason>,
    /// The bank's reference, if the order has one.
    pub bank_reference: Option<String>,
    /// The day of the order's execution, if it is known.
    pub date: Option<BusinessDate>,
    /// The order itself, if it is pending: so it can be shown and cancelled.
    pub order: Option<Order>,
}

impl Outcome {
    /// The arguments of the event.
    #[must_use]
    pub fn arguments(&self) -> Map {
        let present = [
            ("intent", Some(self.intent.into())),
            ("kind", Some(self.order_kind.as_str().into())),
            ("reason", self.reason.as_ref().map(Value::from)),
            (
                "bank_reference",
                self.bank_reference.as_deref().map(Value::from),
            ),
            ("date", self.date.map(Value::from)),
            ("order", self.order.as_ref().map(Order::to_value)),
        ];
        let present = present.into_iter();
        present
            .filter_map(|(name, value)| Some((Key::from(name), value?)))
            .collect()
    }

    /// Reads an entry's kind and arguments. `None` if the entry is about something else. Arguments that this version
    /// does not know are ignored.
    #[must_use]
    pub fn from_entry(kind: &EntryKind, arguments: &Map) -> Option<Result<Self, OrderError>> {
        let kind = kind.as_str().parse().ok()?;
        Some(Self::read(kind, arguments))
    }

    fn read(kind: OutcomeKind, arguments: &Map) -> Result<Self, OrderError> {
        let order = arguments.get(&Key::from("order")).cloned();
        let outcome = Self {
            kind,
            intent: required(arguments, "intent")?,
            order_kind: required::<String>(arguments, "kind")?.parse()?,
            reason: optional(arguments, "reason")?,
            bank_reference: optional(arguments, "bank_reference")?,
            date: optional(arguments, "date")?,
            order: order.map(Order::from_value).transpose()?,
        };
        let is_pending = kind == OutcomeKind::Pending;
        if is_pending && outcome.order.is_none() {
            return Err(ParseError::KeyMissing("order").into());
        }
        if kind == OutcomeKind::Refused && outcome.reason.is_none() {
            return Err(ParseError::KeyMissing("reason").into());
        }
        Ok(outcome)
    }
}

fn optional<T: FromValue>(arguments: &Map, name: &'static str) -> Result<Option<T>, ParseError> {
    let value = arguments.get(&Key::from(name)).cloned();
    value.map(T::from_value).transpose()
}

fn required<T: FromValue>(arguments: &Map, name: &'static str) -> Result<T, ParseError> {
    optional(arguments, name)?.ok_or(ParseError::KeyMissing(name))
}
