//! The device's data about one account, except its entries.

use crate::records::{self, Rest};
use crate::seal::SealedError;
use envelope::{AccountState, History};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use types::{AccountId, Balances, Sequence};

/// The pages of an account's history that are not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The number of pages in the history of the snapshot.
    pub(crate) history: History,
    /// The part of that snapshot with the account's item.
    pub(crate) part: u64,
    /// The next page to read, from 1.
    pub(crate) next: u64,
    /// The last entry number of the previous page. `None` if that page was not read.
    pub(crate) before: Option<u64>,
}

/// One account, or the entries that belong to no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    /// The number of the book in its records' names.
    pub(crate) slot: u32,
    /// `None` for entries that belong to no account.
    pub(crate) account: Option<AccountId>,
    /// `None` until a snapshot contains it.
    pub(crate) state: Option<AccountState>,
    /// The balances from entries that arrived before the account's state was known from a snapshot.
    pub(crate) balances: Balances,
    /// The last of the account's events that the balances include.
    pub(crate) sequence: Sequence,
    /// The number of entries added, which orders entries without a sequence of their own.
    pub(crate) arrivals: u64,
    /// Number of pages of an earlier version that are still to be converted.
    pub(crate) old_pages: Vec<Value>,
    /// All transactions of the account from 1 to this number are stored.
    pub(crate) booked_through: u64,
    /// The newest stored transaction of the account.
    pub(crate) booked_newest: u64,
    /// The unread part of its history.
    pub(crate) missing: Option<Missing>,
    /// Events are missing; a snapshot has to replace their effect.
    pub(crate) gap: bool,
    /// The generation of the bank's books, as this device counts them.
    pub(crate) books: u32,
    /// Whether the customer holds the account. An account of former books is kept for its withdrawn entries.
    pub(crate) held: bool,
    /// The number of the last snapshot that contained the account, as this device counts snapshots.
    pub(crate) stated: u64,
    /// Whether entries of former books are still to be judged.
    pub(crate) sweep: bool,
    /// Fields of a newer version about the account's state.
    pub(crate) state_rest: Rest,
    /// Fields of a newer version about the missing pages.
    pub(crate) missing_rest: Rest,
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
            old_pages: Vec::new(),
            booked_through: 0,
            booked_newest: 0,
            missing: None,
            gap: false,
            books: 0,
            held: true,
            stated: 0,
            sweep: false,
            state_rest: Rest::default(),
            missing_rest: Rest::default(),
            rest: Rest::default(),
        }
    }

    /// The balances to show.
    pub(crate) fn balances_shown(&self) -> &Balances {
        self.state
            .as_ref()
            .map_or(&self.balances, |state| &state.balances)
    }

    /// Whether a snapshot is needed to know the account's state or balances.
    pub(crate) fn needs_snapshot(&self) -> bool {
        self.account.is_some() && self.held && (self.state.is_none() || self.gap)
    }

    /// Records that the account's transaction `number` is stored.
    pub(crate) fn has_booked(&mut self, number: u64) {
        if number == self.booked_through.saturating_add(1) {
            self.booked_through = number;
        }
        self.booked_newest = self.booked_newest.max(number);
    }

    /// Records that no part of the history is missing.
    pub(crate) fn history_is_whole(&mut self) {
        self.missing = None;
        if !self.gap {
            self.booked_through = self.booked_newest;
        }
    }

    /// Whether some of its history has to be read or judged.
    pub(crate) fn lacks_history(&self) -> bool {
        self.missing.is_some() || self.sweep
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let known = cbor_array![
            1,
            u64::from(self.slot),
            self.account.as_ref().map(Value::from),
            self.state
                .as_ref()
                .map(|of| self.state_rest.after(state(of))),
            balances(&self.balances),
            self.sequence,
            self.arrivals,
            self.old_pages.clone(),
            self.booked_through,
            self.booked_newest,
            self.missing.map(|of| self.missing_rest.after(missing(of))),
            self.gap,
            u64::from(self.books),
            self.held,
            self.stated,
            self.sweep,
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let mut book = Self {
            old_pages: Vec::new(),
            ..Self::new(small(fields.take()?)?, fields.take()?)
        };
        let state: Option<Vec<Value>> = fields.take()?;
        if let Some(state) = state {
            let (state, rest) = read_state(state)?;
            (book.state, book.state_rest) = (Some(state), rest);
        }
        book.balances = read_balances(fields.take()?)?;
        book.sequence = fields.take()?;
        book.arrivals = fields.take()?;
        book.old_pages = fields.take()?;
        book.booked_through = fields.take()?;
        book.booked_newest = fields.take()?;
        let outstanding: Value = fields.take()?;
        book.gap = fields.take()?;
        let Ok(books) = fields.take() else {
            // An earlier version's snapshots had no parts. Its missing pages are requested again.
            book.gap |= !outstanding.is_null();
            return Ok(book);
        };
        if let Some(missing) = Option::<Vec<Value>>::from_value(outstanding)? {
            let (missing, rest) = read_missing(missing)?;
            (book.missing, book.missing_rest) = (Some(missing), rest);
        }
        book.books = small(books)?;
        (book.held, book.stated, book.sweep) = (fields.take()?, fields.take()?, fields.take()?);
        book.rest = Rest::of(fields);
        Ok(book)
    }
}

fn missing(missing: Missing) -> Value {
    cbor_array![
        missing.history.pages,
        missing.history.root,
        missing.part,
        missing.next,
        missing.before,
    ]
}

fn read_missing(values: Vec<Value>) -> Result<(Missing, Rest), ParseError> {
    let mut fields = Fields::new(values);
    let missing = Missing {
        history: History {
            pages: fields.take()?,
            root: fields.take()?,
        },
        part: fields.take()?,
        next: fields.take()?,
        before: fields.take()?,
    };
    Ok((missing, Rest::of(fields)))
}

fn small(number: u64) -> Result<u32, ParseError> {
    u32::try_from(number).map_err(|_| ParseError::WrongShape("expected a 32-bit number"))
}

/// The balances. Null if there are none.
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

pub(crate) fn read_state(values: Vec<Value>) -> Result<(AccountState, Rest), ParseError> {
    const WORD: ParseError = ParseError::WrongShape("an account has a kind, a role and a currency");
    let mut fields = Fields::new(values);
    let state = AccountState {
        kind: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        role: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        name: fields.take()?,
        currency: fields.take::<String>()?.parse().map_err(|_| WORD)?,
        balances: read_balances(fields.take()?)?,
    };
    Ok((state, Rest::of(fields)))
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
        book.missing = Some(Missing {
            history: History {
                pages: 9,
                root: types::Hash::ZERO,
            },
            part: 2,
            next: 4,
            before: Some(600),
        });
        (book.gap, book.books, book.held) = (true, 2, false);
        (book.stated, book.sweep) = (7, true);
        let addition = || Rest::of(Fields::new(vec!["of a newer version".into()]));
        book.state_rest = addition();
        book.missing_rest = addition();
        let newer = records::tests::newer(&book.encode());
        assert_eq!(Book::decode(&newer).unwrap().encode(), newer);
        assert_eq!(Book::decode(&book.encode()), Ok(book));
    }

    /// As an earlier version wrote it: with pages by month, and the newest page of a history to fetch.
    #[test]
    fn a_book_of_an_earlier_version_is_read() {
        let page = cbor_array!["1993-01", 2, 400];
        let old = |history: Value| {
            cbor::encode(&cbor_array![
                1,
                3,
                "576",
                Value::Null,
                Value::Null,
                5,
                0,
                Value::Array(vec![page.clone()]),
                2,
                2,
                history,
                false
            ])
        };
        let book = Book::decode(&old(Value::Null)).unwrap();
        assert_eq!((book.slot, book.sequence.get(), book.gap), (3, 5, false));
        assert_eq!((book.old_pages.len(), book.books, book.held), (1, 0, true));
        assert!(Book::decode(&old(Value::from(4))).unwrap().gap);
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
