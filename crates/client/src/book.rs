//! What the device knows of one account, apart from its entries.

use crate::page::{PAGE_BYTES_MAX, PAGE_ENTRIES_MAX};
use crate::records::{self, Rest};
use crate::seal::SealedError;
use envelope::AccountState;
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use types::{AccountId, Balances, Sequence};

/// A page's month and how full it is. Its place in the list is its ordinal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageInfo {
    /// `YYYY-MM`.
    pub(crate) month: String,
    pub(crate) entries: u32,
    pub(crate) bytes: u64,
}

impl PageInfo {
    /// Whether an entry of so many bytes still goes in; a page takes at least one.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        let max = u64::try_from(PAGE_BYTES_MAX).unwrap_or(u64::MAX);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.entries < PAGE_ENTRIES_MAX && self.bytes.saturating_add(bytes) <= max
    }
}

/// One account, or what belongs to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    /// Names its records in the store.
    pub(crate) slot: u32,
    /// None for what belongs to no account.
    pub(crate) account: Option<AccountId>,
    /// None until a snapshot has told it.
    pub(crate) state: Option<AccountState>,
    /// The balances of entries that came before a snapshot told the state.
    pub(crate) balances: Balances,
    /// The last of the account's events that is contained in the balances.
    pub(crate) sequence: Sequence,
    /// How many entries it has been given, which orders those without a sequence of their own.
    pub(crate) arrivals: u64,
    /// Its pages.
    pub(crate) pages: Vec<PageInfo>,
    /// The account's transactions from 1 to here are all there.
    pub(crate) booked_through: u64,
    /// The newest of the account's transactions that is there.
    pub(crate) booked_newest: u64,
    /// The newest page of the snapshot's history that is still to be fetched.
    pub(crate) history: Option<u64>,
    /// Events were missed, and a snapshot is to tell what they changed.
    pub(crate) gap: bool,
    pub(crate) rest: Rest,
}

impl Book {
    pub(crate) fn new(slot: u32, account: Option<AccountId>) -> Self {
        Self {
            slot,
            account,
            state: None,
            balances: Balances::new(),
            sequence: Sequence::ZERO,
            arrivals: 0,
            pages: Vec::new(),
            booked_through: 0,
            booked_newest: 0,
            history: None,
            gap: false,
            rest: Rest::default(),
        }
    }

    /// Its balances as they are shown.
    pub(crate) fn balances_shown(&self) -> &Balances {
        self.state
            .as_ref()
            .map_or(&self.balances, |state| &state.balances)
    }

    /// Whether a snapshot is needed to know what the account is or holds.
    pub(crate) fn needs_snapshot(&self) -> bool {
        self.account.is_some() && (self.state.is_none() || self.gap)
    }

    /// Notes that the account's `number`-th transaction is there.
    pub(crate) fn has_booked(&mut self, number: u64) {
        if number == self.booked_through.saturating_add(1) {
            self.booked_through = number;
        }
        self.booked_newest = self.booked_newest.max(number);
    }

    /// Notes that nothing of the history is missing any more.
    pub(crate) fn history_is_whole(&mut self) {
        self.history = None;
        if !self.gap {
            self.booked_through = self.booked_newest;
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let pages: Vec<Value> = self
            .pages
            .iter()
            .map(|page| cbor_array![page.month.as_str(), u64::from(page.entries), page.bytes])
            .collect();
        let known = cbor_array![
            1,
            u64::from(self.slot),
            self.account.as_ref().map(Value::from),
            self.state.as_ref().map(state),
            balances(&self.balances),
            self.sequence,
            self.arrivals,
            pages,
            self.booked_through,
            self.booked_newest,
            self.history,
            self.gap,
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        Ok(Self {
            slot: small(fields.take()?)?,
            account: fields.take()?,
            state: fields
                .take::<Option<Vec<Value>>>()?
                .map(read_state)
                .transpose()?,
            balances: read_balances(fields.take()?)?,
            sequence: fields.take()?,
            arrivals: fields.take()?,
            pages: fields
                .take::<Vec<Value>>()?
                .into_iter()
                .map(page)
                .collect::<Result<_, _>>()?,
            booked_through: fields.take()?,
            booked_newest: fields.take()?,
            history: fields.take()?,
            gap: fields.take()?,
            rest: Rest::of(fields),
        })
    }
}

fn small(number: u64) -> Result<u32, ParseError> {
    u32::try_from(number).map_err(|_| ParseError::WrongShape("a number of 32 bits is needed"))
}

fn page(value: Value) -> Result<PageInfo, ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let page = PageInfo {
        month: fields.take()?,
        entries: small(fields.take()?)?,
        bytes: fields.take()?,
    };
    fields.end()?;
    Ok(page)
}

/// Balances, null where there is none.
pub(crate) fn balances(balances: &Balances) -> Value {
    if balances.is_empty() {
        Value::Null
    } else {
        balances.into()
    }
}

pub(crate) fn read_balances(value: Value) -> Result<Balances, ParseError> {
    match value {
        Value::Null => Ok(Balances::new()),
        value => Balances::from_value(value),
    }
}

pub(crate) fn state(state: &AccountState) -> Value {
    cbor_array![
        state.kind.as_str(),
        state.role.as_str(),
        state.name.as_str(),
        state.currency.as_str(),
        balances(&state.balances),
    ]
}

pub(crate) fn read_state(values: Vec<Value>) -> Result<AccountState, ParseError> {
    const WORD: ParseError = ParseError::WrongShape("an account has a kind, a role and a currency");
    let mut fields = Fields::new(values);
    let state = AccountState {
        kind: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        role: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        name: fields.take()?,
        currency: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        balances: read_balances(fields.take()?)?,
    };
    fields.end()?;
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Money;

    #[test]
    fn a_book_is_read_back() {
        let mut book = Book::new(3, Some("576".parse().unwrap()));
        assert_eq!(Book::decode(&book.encode()), Ok(book.clone()));
        let money = Money::new(-5, "CZK".parse().unwrap());
        book.state = Some(AccountState {
            kind: "fund".parse().unwrap(),
            role: "owner".parse().unwrap(),
            name: "Savings".into(),
            currency: "CZK".parse().unwrap(),
            balances: [("booked".parse().unwrap(), money)].into(),
        });
        book.pages.push(PageInfo {
            month: "1993-01".into(),
            entries: 2,
            bytes: 400,
        });
        book.history = Some(4);
        book.gap = true;
        let newer = records::tests::newer(&book.encode());
        assert_eq!(Book::decode(&newer).unwrap().encode(), newer);
        assert_eq!(Book::decode(&book.encode()), Ok(book));
    }

    #[test]
    fn transactions_count_as_whole_only_without_a_gap() {
        let mut book = Book::new(1, None);
        [1, 2, 4]
            .into_iter()
            .for_each(|number| book.has_booked(number));
        assert_eq!((book.booked_through, book.booked_newest), (2, 4));
        book.gap = true;
        book.history_is_whole();
        assert_eq!(book.booked_through, 2);
        book.gap = false;
        book.history_is_whole();
        assert_eq!(book.booked_through, 4);
    }
}
