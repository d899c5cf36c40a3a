//! What is asked about the books, and the answers.

use crate::content::sequence;
use crate::values::Bytes;
use core_bank::{
    AccountSnapshot, Arrangement, CustomerSnapshot, Heads, HeadsCursor, History, SubjectHead,
};
use protocol::cbor::{self, FromValue as _, Map, Value};
use protocol::{Entry, Event, ParseError};
use types::{
    AccountId, AccountKind, BalanceType, Currency, CustomerId, Hash, Incarnation, Money, Role,
    Sequence, SubjectId,
};

sequence! {
    /// A subject, after one of its events.
    After {
        subject: SubjectId = "Subject",
        after: Sequence = "After",
    }

    EventsAfter {
        subject: SubjectId = "Subject",
        after: Sequence = "After",
        limit: usize = "Limit",
    }

    EventsAnswer {
        events: Vec<Bytes> = "Event",
    }

    EventsOfEach {
        subjects: Vec<After> = "From",
        limit: usize = "Limit",
    }

    EventsOfEachAnswer {
        subjects: Vec<EventsAnswer> = "Events",
    }

    HeadsAsked {
        after: u64 = "After",
        limit: usize = "Limit",
    }

    StatedHead {
        subject: SubjectId = "Subject",
        sequence: Sequence = "Sequence",
        hash: Hash = "Hash",
        holders: Vec<CustomerId> = "Holder",
    }

    HeadsAnswer {
        incarnation: Incarnation = "Incarnation",
        subjects: Vec<StatedHead> = "Head",
        next: u64 = "Next",
        newest: u64 = "Newest",
    }

    SnapshotAsked {
        customer: CustomerId = "Customer",
    }

    StatedBalance {
        kind: BalanceType = "BalanceType",
        amount: Money = "Amount",
    }

    StatedAccount {
        account: AccountId = "AccountNumber",
        kind: AccountKind = "AccountType",
        role: Role = "Role",
        name: String = "Name",
        currency: Currency = "Currency",
        balances: Vec<StatedBalance> = "Balance",
        sequence: Sequence = "Sequence",
        hash: Hash = "Hash",
        booked_entries: u64 = "BookedEntries",
    }

    /// A payee, standing order or pending order. The arguments are a CBOR map.
    StatedArrangement {
        id: String = "Id",
        arguments: Bytes = "Arguments",
    }

    SnapshotAnswer {
        customer: CustomerId = "Customer",
        incarnation: Incarnation = "Incarnation",
        sequence: Sequence = "Sequence",
        hash: Hash = "Hash",
        accounts: Vec<StatedAccount> = "Account",
        payees: Vec<StatedArrangement> = "Payee",
        standing: Vec<StatedArrangement> = "StandingOrder",
        orders: Vec<StatedArrangement> = "PendingOrder",
    }

    HistoryAsked {
        account: AccountId = "AccountNumber",
        after: u64 = "After",
        through: u64 = "Through",
        limit: usize = "Limit",
    }

    HistoryAnswer {
        incarnation: Incarnation = "Incarnation",
        entries: Vec<Bytes> = "Entry",
    }

    HoldersAsked {
        account: AccountId = "AccountNumber",
    }

    StatedHolder {
        customer: CustomerId = "Customer",
        role: Role = "Role",
    }

    HoldersAnswer {
        holders: Vec<StatedHolder> = "Holder",
    }
}

impl From<Vec<Event>> for EventsAnswer {
    fn from(events: Vec<Event>) -> Self {
        let events = events.iter().map(|event| Bytes(event.encode()));
        Self {
            events: events.collect(),
        }
    }
}

impl TryFrom<EventsAnswer> for Vec<Event> {
    type Error = ParseError;

    fn try_from(answer: EventsAnswer) -> Result<Self, ParseError> {
        let events = answer.events.iter();
        events.map(|event| Event::parse(&event.0)).collect()
    }
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

impl From<AccountSnapshot> for StatedAccount {
    fn from(account: AccountSnapshot) -> Self {
        let balances = account.balances.into_iter();
        let balances = balances.map(|(kind, amount)| StatedBalance { kind, amount });
        Self {
            account: account.account,
            kind: account.kind,
            role: account.role,
            name: account.name,
            currency: account.currency,
            balances: balances.collect(),
            sequence: account.sequence,
            hash: account.hash,
            booked_entries: account.booked_entries,
        }
    }
}

impl From<StatedAccount> for AccountSnapshot {
    fn from(stated: StatedAccount) -> Self {
        let balances = stated.balances.into_iter();
        Self {
            account: stated.account,
            kind: stated.kind,
            role: stated.role,
            name: stated.name,
            currency: stated.currency,
            balances: balances
                .map(|balance| (balance.kind, balance.amount))
                .collect(),
            sequence: stated.sequence,
            hash: stated.hash,
            booked_entries: stated.booked_entries,
        }
    }
}

fn stated(arrangements: Vec<Arrangement>) -> Vec<StatedArrangement> {
    let one = |arrangement: Arrangement| StatedArrangement {
        id: arrangement.id,
        arguments: Bytes(cbor::encode(&Value::Map(arrangement.arguments))),
    };
    arrangements.into_iter().map(one).collect()
}

fn arrangements(stated: Vec<StatedArrangement>) -> Result<Vec<Arrangement>, ParseError> {
    let one = |stated: StatedArrangement| {
        Ok(Arrangement {
            id: stated.id,
            arguments: Map::from_value(cbor::decode(&stated.arguments.0)?)?,
        })
    };
    stated.into_iter().map(one).collect()
}

impl From<CustomerSnapshot> for SnapshotAnswer {
    fn from(snapshot: CustomerSnapshot) -> Self {
        Self {
            customer: snapshot.customer,
            incarnation: snapshot.incarnation,
            sequence: snapshot.sequence,
            hash: snapshot.hash,
            accounts: snapshot.accounts.into_iter().map(Into::into).collect(),
            payees: stated(snapshot.payees),
            standing: stated(snapshot.standing),
            orders: stated(snapshot.orders),
        }
    }
}

impl TryFrom<SnapshotAnswer> for CustomerSnapshot {
    type Error = ParseError;

    fn try_from(answer: SnapshotAnswer) -> Result<Self, ParseError> {
        Ok(Self {
            customer: answer.customer,
            incarnation: answer.incarnation,
            sequence: answer.sequence,
            hash: answer.hash,
            accounts: answer.accounts.into_iter().map(Into::into).collect(),
            payees: arrangements(answer.payees)?,
            standing: arrangements(answer.standing)?,
            orders: arrangements(answer.orders)?,
        })
    }
}

impl From<History> for HistoryAnswer {
    fn from(history: History) -> Self {
        let entries = history.entries.iter().map(|entry| Bytes(entry.encode()));
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
        let entries = entries.map(|entry| Entry::parse(&entry.0));
        Ok(Self {
            incarnation: answer.incarnation,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}
