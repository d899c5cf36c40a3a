//! Entries, and the events that they are made from.

use crate::cbor::{Key, Map, Value};
use crate::{AccessChange, BrakeChange, EntryKind, ParseError};
use std::borrow::Cow;
use types::{
    AccountId, AccountKind, Balances, BusinessDate, Currency, CustomerId, DeviceId, EventId,
    Incarnation, Money, Role, Sequence, SubjectId, Time, TransactionId,
};

/// One fact about a customer's money or about the customer's relation with the bank. A message of a customer channel
/// contains one sealed entry.
///
/// The codec ([`Entry::parse`], [`Entry::encode`]) is exact: it keeps keys that this version does not know in
/// [`other`](Entry::other) and writes them back. An empty map counts as absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0: the event's id. If notification made the entry, the id is derived from the cause.
    pub id: EventId,
    /// 1: the kind of fact.
    pub kind: EntryKind,
    /// 2: the version of this kind's keys.
    pub version: u64,
    /// 3 and 4: the subject, and the event's sequence among the subject's events. `None` if notification made the
    /// entry.
    pub subject: Option<(SubjectId, Sequence)>,
    /// 5: when the fact was committed.
    pub time: Time,
    /// 6: the account that the entry is about.
    pub account: Option<AccountId>,
    /// 7: the account's balances after the fact: those that it changed or states.
    pub balances: Balances,
    /// 8: the code of the text to show.
    pub code: Option<String>,
    /// 9: the arguments of that text.
    pub arguments: Map,
    /// 10: a text for readers that do not know the code.
    pub fallback: Option<String>,
    /// 11: the language of the fallback text (BCP 47).
    pub language: Option<String>,
    /// 20 to 29: the transaction. Always present in the kind `booked`.
    pub booking: Option<Booking>,
    /// Keys that this version does not know.
    pub other: Map,
}

/// A booked transaction in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// 20: the transaction's id.
    pub transaction: TransactionId,
    /// 21: its number among the account's transactions, from 1.
    pub number: u64,
    /// 22: the business date.
    pub date: BusinessDate,
    /// 23: the amount, negative if money leaves the account.
    pub amount: Money,
    /// 24: the operation, such as `cash_deposit`.
    pub operation: String,
    /// 25: the purpose of the payment.
    pub purpose: Option<String>,
    /// 26: the counterparty's bank.
    pub counterparty_bank: Option<String>,
    /// 27: the counterparty's account.
    pub counterparty_account: Option<String>,
    /// 28: the id of the intent or standing order that made the transaction. Only the entry of the customer who ordered
    /// it has it.
    pub order: Option<String>,
    /// 29: the bank's reference of the order.
    pub bank_reference: Option<String>,
}

impl Entry {
    /// Makes an entry of a fact about `subject` with its `sequence`. The code is the kind.
    #[must_use]
    pub fn of_subject(
        id: EventId,
        kind: EntryKind,
        subject: SubjectId,
        sequence: Sequence,
        time: Time,
    ) -> Self {
        Self {
            subject: Some((subject, sequence)),
            ..Self::of_notification(id, kind, time)
        }
    }

    /// Makes an entry of a fact that notification produces. The code is the kind.
    #[must_use]
    pub fn of_notification(id: EventId, kind: EntryKind, time: Time) -> Self {
        Self {
            id,
            code: Some(kind.to_string()),
            kind,
            version: 1,
            subject: None,
            time,
            account: None,
            balances: Balances::new(),
            arguments: Map::new(),
            fallback: None,
            language: None,
            booking: None,
            other: Map::new(),
        }
    }

    /// Makes a `booked` entry: a transaction of `account` with the balances after it. The code is `booked.` followed by
    /// the operation.
    #[must_use]
    pub fn booked(
        id: EventId,
        account: AccountId,
        sequence: Sequence,
        time: Time,
        booking: Booking,
        balances: Balances,
    ) -> Self {
        Self {
            code: Some(format!("booked.{}", booking.operation)),
            account: Some(account.clone()),
            balances,
            booking: Some(booking),
            ..Self::of_subject(
                id,
                EntryKind::Booked,
                SubjectId::from(&account),
                sequence,
                time,
            )
        }
    }

    /// Makes an `account.opened` entry with the opening balances.
    #[must_use]
    pub fn account_opened(
        id: EventId,
        account: AccountId,
        sequence: Sequence,
        time: Time,
        (kind, name, currency): (&AccountKind, &str, Currency),
        balances: Balances,
    ) -> Self {
        Self {
            balances,
            arguments: arguments([
                ("kind", kind.as_str()),
                ("name", name),
                ("currency", currency.as_str()),
            ]),
            ..Self::of_account(id, EntryKind::AccountOpened, account, sequence, time)
        }
    }

    /// Makes a `holder.added` entry: from here on `customer` holds `account`.
    #[must_use]
    pub fn holder_added(
        id: EventId,
        account: AccountId,
        sequence: Sequence,
        time: Time,
        customer: &CustomerId,
        role: &Role,
    ) -> Self {
        Self {
            arguments: arguments([("customer", customer.as_str()), ("role", role.as_str())]),
            ..Self::of_account(id, EntryKind::HolderAdded, account, sequence, time)
        }
    }

    /// Makes a `holder.removed` entry: from here on `customer` does not hold `account`.
    #[must_use]
    pub fn holder_removed(
        id: EventId,
        account: AccountId,
        sequence: Sequence,
        time: Time,
        customer: &CustomerId,
    ) -> Self {
        Self {
            arguments: arguments([("customer", customer.as_str())]),
            ..Self::of_account(id, EntryKind::HolderRemoved, account, sequence, time)
        }
    }

    /// Makes a `hold.placed` or `hold.released` entry of `account`: its amount, and the balances after it.
    #[must_use]
    pub fn of_hold(
        id: EventId,
        kind: EntryKind,
        account: AccountId,
        sequence: Sequence,
        time: Time,
        (amount, balances): (Money, Balances),
    ) -> Self {
        Self {
            arguments: [("amount".into(), amount.into())].into(),
            balances,
            ..Self::of_account(id, kind, account, sequence, time)
        }
    }

    /// Makes an entry of a fact about a customer, such as what became of an order. The code is the kind.
    #[must_use]
    pub fn of_customer(
        id: EventId,
        kind: EntryKind,
        customer: &CustomerId,
        sequence: Sequence,
        time: Time,
        arguments: Map,
    ) -> Self {
        Self {
            arguments,
            ..Self::of_subject(id, kind, SubjectId::from(customer), sequence, time)
        }
    }

    /// The entry without the order that made its transaction (28): as it is for holders who did not order it, and in an
    /// account's history.
    #[must_use]
    pub fn without_order(&self) -> Self {
        let mut entry = self.clone();
        if let Some(booking) = &mut entry.booking {
            booking.order = None;
        }
        entry
    }

    /// Makes a `device.added` entry. All the customer's devices see it.
    #[must_use]
    pub fn device_added(id: EventId, time: Time, device: DeviceId) -> Self {
        Self::of_device(id, EntryKind::DeviceAdded, time, device)
    }

    /// Makes a `device.removed` entry. The remaining devices see it.
    #[must_use]
    pub fn device_removed(id: EventId, time: Time, device: DeviceId) -> Self {
        Self::of_device(id, EntryKind::DeviceRemoved, time, device)
    }

    /// Makes the entry of a change of who has access.
    #[must_use]
    pub fn of_access(id: EventId, time: Time, change: &AccessChange) -> Self {
        Self {
            arguments: change.arguments(),
            ..Self::of_notification(id, change.kind.clone(), time)
        }
    }

    /// Makes a `payment.initiated` entry.
    #[must_use]
    pub fn payment_initiated(id: EventId, time: Time, arguments: Map) -> Self {
        Self {
            arguments,
            ..Self::of_notification(id, EntryKind::PaymentInitiated, time)
        }
    }

    /// Makes a `limit.raised` entry: the limit of the customer's day, and until when it holds.
    #[must_use]
    pub fn limit_raised(id: EventId, time: Time, (day, until): (Money, Time)) -> Self {
        let arguments = [("limit", Value::from(day)), ("until", Value::from(until))];
        let arguments = arguments.into_iter();
        Self {
            arguments: arguments
                .map(|(name, value)| (Key::from(name), value))
                .collect(),
            ..Self::of_notification(id, EntryKind::LimitRaised, time)
        }
    }

    /// Makes a `brake.changed` entry.
    #[must_use]
    pub fn of_brake(id: EventId, time: Time, change: &BrakeChange) -> Self {
        Self {
            arguments: change.arguments(),
            ..Self::of_notification(id, EntryKind::BrakeChanged, time)
        }
    }

    fn of_account(
        id: EventId,
        kind: EntryKind,
        account: AccountId,
        sequence: Sequence,
        time: Time,
    ) -> Self {
        Self {
            account: Some(account.clone()),
            ..Self::of_subject(id, kind, SubjectId::from(&account), sequence, time)
        }
    }

    fn of_device(id: EventId, kind: EntryKind, time: Time, device: DeviceId) -> Self {
        Self {
            arguments: arguments([("device", device.to_string().as_str())]),
            ..Self::of_notification(id, kind, time)
        }
    }

    /// The text argument with this name.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments
            .get(&Key::from(name))
            .and_then(Value::as_text)
    }
}

fn arguments<const N: usize>(pairs: [(&str, &str); N]) -> Map {
    pairs
        .into_iter()
        .map(|(name, text)| (name.into(), text.into()))
        .collect()
}

/// One fact that the core bank committed, with the holders as of its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The entry. [`entry_of`](Self::entry_of) is what each holder gets of it.
    pub entry: Entry,
    /// 40: the holders of the subject and their roles, as of the transaction.
    pub holders: Vec<(CustomerId, Role)>,
    /// 41: the incarnation of the core bank's books that the event belongs to. `None` if the event was relayed before
    /// events had this key.
    pub incarnation: Option<Incarnation>,
    /// 42: the customer who ordered the transaction. Present exactly if the entry has an order (28).
    pub ordered_by: Option<CustomerId>,
}

impl Event {
    /// The entry that `customer` gets: with the order that made the transaction only if the customer ordered it.
    #[must_use]
    pub fn entry_of(&self, customer: &CustomerId) -> Cow<'_, Entry> {
        if self.ordered_by.is_none() || self.ordered_by.as_ref() == Some(customer) {
            Cow::Borrowed(&self.entry)
        } else {
            Cow::Owned(self.entry.without_order())
        }
    }

    /// The subject and the event's sequence. Every valid event has them.
    pub fn subject(&self) -> Result<(&SubjectId, Sequence), ParseError> {
        match &self.entry.subject {
            Some((subject, sequence)) => Ok((subject, *sequence)),
            None => Err(ParseError::WrongShape("an event must have a subject")),
        }
    }
}
