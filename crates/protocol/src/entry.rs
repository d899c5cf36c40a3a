//! Entries and the events that they are made from.

use crate::cbor::{Key, Map, Value};
use crate::{EntryKind, ParseError};
use types::{
    AccountId, AccountKind, Balances, BusinessDate, Currency, CustomerId, DeviceId, EventId,
    Incarnation, Money, Role, Sequence, SubjectId, Time, TransactionId,
};

/// One fact about a customer's money or relation with the bank: what a customer channel's message holds once opened.
///
/// Its codec ([`Entry::parse`], [`Entry::encode`]) is exact: keys that this version does not know are kept in
/// [`other`](Entry::other) and written back in their places. An empty map counts as absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0: the event's id, or one derived from the cause where notification made it.
    pub id: EventId,
    /// 1: what kind of fact.
    pub kind: EntryKind,
    /// 2: the version of that kind's keys.
    pub version: u64,
    /// 3 and 4: the subject and this event's sequence in it; none where notification made it.
    pub subject: Option<(SubjectId, Sequence)>,
    /// 5: when the fact was committed.
    pub time: Time,
    /// 6: the account it is about.
    pub account: Option<AccountId>,
    /// 7: the account's balances after it, those that it changed or states.
    pub balances: Balances,
    /// 8: the code of the text that tells it.
    pub code: Option<String>,
    /// 9: what that text needs.
    pub arguments: Map,
    /// 10: a text for readers that do not know the code.
    pub fallback: Option<String>,
    /// 11: the language of the fallback, as BCP 47 has it.
    pub language: Option<String>,
    /// 20 to 27: the transaction, always there where the kind is `booked`.
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
    /// 22: the day of the bank's books.
    pub date: BusinessDate,
    /// 23: the amount, negative where it leaves the account.
    pub amount: Money,
    /// 24: what was done, such as `cash_deposit`.
    pub operation: String,
    /// 25: what for.
    pub purpose: Option<String>,
    /// 26: the other side's bank.
    pub counterparty_bank: Option<String>,
    /// 27: the other side's account.
    pub counterparty_account: Option<String>,
}

impl Entry {
    /// A fact about `subject`, the `sequence`-th. Its code is its kind.
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

    /// A fact that notification itself makes. Its code is its kind.
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

    /// `booked`: a transaction of `account` with the balances after it. Its code is `booked.` and the operation.
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

    /// `account.opened`, with the balances it opens with.
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

    /// `holder.added`: `customer` holds `account` from here on.
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

    /// `holder.removed`: `customer` holds `account` no longer.
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

    /// `device.added`, which all the customer's devices see.
    #[must_use]
    pub fn device_added(id: EventId, time: Time, device: DeviceId) -> Self {
        Self::of_device(id, EntryKind::DeviceAdded, time, device)
    }

    /// `device.removed`, which the devices that are left see.
    #[must_use]
    pub fn device_removed(id: EventId, time: Time, device: DeviceId) -> Self {
        Self::of_device(id, EntryKind::DeviceRemoved, time, device)
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

    /// The text argument of that name.
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
    /// What each holder gets.
    pub entry: Entry,
    /// 40: who holds the subject, in which role, as of the transaction.
    pub holders: Vec<(CustomerId, Role)>,
    /// 41: the incarnation of the core bank's books that this is an event of; none in what was relayed before events
    /// named it.
    pub incarnation: Option<Incarnation>,
}

impl Event {
    /// The subject and the event's sequence in it; an event always has them.
    pub fn subject(&self) -> Result<(&SubjectId, Sequence), ParseError> {
        match &self.entry.subject {
            Some((subject, sequence)) => Ok((subject, *sequence)),
            None => Err(ParseError::WrongShape("an event has a subject")),
        }
    }
}
