//! What is asked about the books, and the answers.

use core_bank::{
    AccountSnapshot, Arrangement, CustomerSnapshot, Heads, HeadsCursor, History, SubjectHead,
};
use protocol::cbor::{self, FromValue as _, Map, Value};
use protocol::{Base64UrlBytes, Entry, Event, ParseError};
use serde::{Deserialize, Serialize};
use types::{
    AccountId, AccountKind, Balances, Currency, CustomerId, Hash, Incarnation, Role, Sequence,
    SubjectId,
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsAfter {
    pub(crate) subject: SubjectId,
    pub(crate) after: Sequence,
    pub(crate) limit: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsAnswer {
    pub(crate) events: Vec<Base64UrlBytes>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    pub(crate) subject: SubjectId,
    pub(crate) after: Sequence,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsOfEach {
    pub(crate) subjects: Vec<After>,
    pub(crate) limit: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsOfEachAnswer {
    pub(crate) subjects: Vec<EventsAnswer>,
}

impl From<Vec<Event>> for EventsAnswer {
    fn from(events: Vec<Event>) -> Self {
        let events = events.iter().map(|event| event.encode().into());
        Self {
            events: events.collect(),
        }
    }
}

impl TryFrom<EventsAnswer> for Vec<Event> {
    type Error = ParseError;

    fn try_from(answer: EventsAnswer) -> Result<Self, ParseError> {
        let events = answer.events.iter();
        events.map(|event| Event::parse(event.as_ref())).collect()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadsAsked {
    pub(crate) after: u64,
    pub(crate) limit: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedHead {
    subject: SubjectId,
    sequence: Sequence,
    hash: Hash,
    holders: Vec<CustomerId>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadsAnswer {
    incarnation: Incarnation,
    subjects: Vec<StatedHead>,
    next: u64,
    newest: u64,
}

impl From<Heads> for HeadsAnswer {
    fn from(heads: Heads) -> Self {
        let stated = |head: SubjectHead| StatedHead {
            subject: head.subject,
            sequence: head.sequence,
            hash: head.hash,
            holders: head.holders,
        };
        Self {
            incarnation: heads.incarnation,
            subjects: heads.subjects.into_iter().map(stated).collect(),
            next: heads.next.get(),
            newest: heads.newest.get(),
        }
    }
}

impl From<HeadsAnswer> for Heads {
    fn from(answer: HeadsAnswer) -> Self {
        let head = |stated: StatedHead| SubjectHead {
            subject: stated.subject,
            sequence: stated.sequence,
            hash: stated.hash,
            holders: stated.holders,
        };
        Self {
            incarnation: answer.incarnation,
            subjects: answer.subjects.into_iter().map(head).collect(),
            next: HeadsCursor::new(answer.next),
            newest: HeadsCursor::new(answer.newest),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotAsked {
    pub(crate) customer: CustomerId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedAccount {
    account: AccountId,
    kind: AccountKind,
    role: Role,
    name: String,
    currency: Currency,
    balances: Balances,
    sequence: Sequence,
    hash: Hash,
    booked_entries: u64,
}

/// A payee, standing order or pending order. The arguments are a CBOR map.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedArrangement {
    id: String,
    arguments: Base64UrlBytes,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotAnswer {
    customer: CustomerId,
    incarnation: Incarnation,
    sequence: Sequence,
    hash: Hash,
    accounts: Vec<StatedAccount>,
    payees: Vec<StatedArrangement>,
    standing: Vec<StatedArrangement>,
    orders: Vec<StatedArrangement>,
}

impl From<CustomerSnapshot> for SnapshotAnswer {
    fn from(snapshot: CustomerSnapshot) -> Self {
        let account = |account: AccountSnapshot| StatedAccount {
            account: account.account,
            kind: account.kind,
            role: account.role,
            name: account.name,
            currency: account.currency,
            balances: account.balances,
            sequence: account.sequence,
            hash: account.hash,
            booked_entries: account.booked_entries,
        };
        let stated = |arrangements: Vec<Arrangement>| {
            let one = |arrangement: Arrangement| StatedArrangement {
                id: arrangement.id,
                arguments: cbor::encode(&Value::Map(arrangement.arguments)).into(),
            };
            arrangements.into_iter().map(one).collect()
        };
        Self {
            customer: snapshot.customer,
            incarnation: snapshot.incarnation,
            sequence: snapshot.sequence,
            hash: snapshot.hash,
            accounts: snapshot.accounts.into_iter().map(account).collect(),
            payees: stated(snapshot.payees),
            standing: stated(snapshot.standing),
            orders: stated(snapshot.orders),
        }
    }
}

impl TryFrom<SnapshotAnswer> for CustomerSnapshot {
    type Error = ParseError;

    fn try_from(answer: SnapshotAnswer) -> Result<Self, ParseError> {
        let account = |stated: StatedAccount| AccountSnapshot {
            account: stated.account,
            kind: stated.kind,
            role: stated.role,
            name: stated.name,
            currency: stated.currency,
            balances: stated.balances,
            sequence: stated.sequence,
            hash: stated.hash,
            booked_entries: stated.booked_entries,
        };
        let arrangements = |stated: Vec<StatedArrangement>| {
            let one = |stated: StatedArrangement| {
                Ok(Arrangement {
                    id: stated.id,
                    arguments: Map::from_value(cbor::decode(stated.arguments.as_ref())?)?,
                })
            };
            stated
                .into_iter()
                .map(one)
                .collect::<Result<_, ParseError>>()
        };
        Ok(Self {
            customer: answer.customer,
            incarnation: answer.incarnation,
            sequence: answer.sequence,
            hash: answer.hash,
            accounts: answer.accounts.into_iter().map(account).collect(),
            payees: arrangements(answer.payees)?,
            standing: arrangements(answer.standing)?,
            orders: arrangements(answer.orders)?,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryAsked {
    pub(crate) account: AccountId,
    pub(crate) after: u64,
    pub(crate) through: u64,
    pub(crate) limit: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryAnswer {
    incarnation: Incarnation,
    entries: Vec<Base64UrlBytes>,
}

impl From<History> for HistoryAnswer {
    fn from(history: History) -> Self {
        let entries = history.entries.iter().map(|entry| entry.encode().into());
        Self {
            incarnation: history.incarnation,
            entries: entries.collect(),
        }
    }
}

impl TryFrom<HistoryAnswer> for History {
    type Error = ParseError;

    fn try_from(answer: HistoryAnswer) -> Result<Self, ParseError> {
        let entries = answer.entries.iter();
        let entries = entries.map(|entry| Entry::parse(entry.as_ref()));
        Ok(Self {
            incarnation: answer.incarnation,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldersAsked {
    pub(crate) account: AccountId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedHolder {
    pub(crate) customer: CustomerId,
    pub(crate) role: Role,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldersAnswer {
    pub(crate) holders: Vec<StatedHolder>,
}
