//! An entry in the store: a record of its own, whose name orders it among the entries of its book.

use crate::judge::EntryState;
use crate::records::{self, Rest};
use crate::seal::SealedError;
use protocol::cbor::{self, Value};
use protocol::{Entry, cbor_array};
use types::Position;

/// Minor sort keys from here on belong to entries without a sequence, in order of arrival.
const WITHOUT_SEQUENCE: u64 = 1 << 63;
/// The same for entries that an earlier version stored in pages.
const WITHOUT_SEQUENCE_BEFORE: u64 = 1 << 62;

/// A stored entry of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filed {
    /// Its position in the channel. `None` if it came in a page, or an earlier version stored it.
    pub(crate) at: Option<Position>,
    pub(crate) state: EntryState,
    /// The entry's map in CBOR.
    pub(crate) entry: Vec<u8>,
    pub(crate) rest: Rest,
}

impl Filed {
    pub(crate) fn current(at: Option<Position>, entry: &[u8]) -> Self {
        Self {
            at,
            state: EntryState::Current,
            entry: entry.to_vec(),
            rest: Rest::default(),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let state = match self.state {
            EntryState::Current => 0,
            EntryState::Withdrawn => 1,
            EntryState::Past => 2,
        };
        let known = cbor_array![
            1,
            self.at.map(|at| at.generation),
            self.at.map(|at| at.number),
            state,
            self.entry.as_slice(),
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let at = match (fields.take()?, fields.take()?) {
            (Some(generation), Some(number)) => Some(Position::new(generation, number)),
            _ => None,
        };
        let state = match fields.take::<Value>()? {
            Value::Unsigned(0) => EntryState::Current,
            Value::Unsigned(1) => EntryState::Withdrawn,
            Value::Unsigned(2) => EntryState::Past,
            _ => return Err(SealedError::Shape),
        };
        Ok(Self {
            at,
            state,
            entry: fields.take()?,
            rest: Rest::of(fields),
        })
    }

    pub(crate) fn parse(&self) -> Result<Entry, SealedError> {
        Ok(Entry::parse(&self.entry)?)
    }
}

/// The sort key of an entry among those of its book: its sequence, then `minor`. Entries of different books of the bank
/// never have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    pub(crate) order: u64,
    pub(crate) minor: u64,
    /// The number of the books, as this device counts them.
    pub(crate) books: u32,
}

impl SortKey {
    /// The key of an entry with a sequence in the account's own events.
    pub(crate) const fn of_sequence(sequence: u64, books: u32) -> Self {
        Self {
            order: sequence,
            minor: 0,
            books,
        }
    }

    /// The key of a booking from before events existed.
    pub(crate) const fn of_booking(number: u64, books: u32) -> Self {
        Self {
            order: 0,
            minor: number,
            books,
        }
    }

    /// The key of an entry without a sequence that follows the event with that sequence.
    pub(crate) const fn without_sequence(after: u64, arrival: u64, books: u32) -> Self {
        Self {
            order: after,
            minor: WITHOUT_SEQUENCE | arrival,
            books,
        }
    }

    /// The same for an entry of an earlier version, the `index`-th of a page.
    pub(crate) fn without_sequence_before(after: u64, page: u32, index: u32) -> Self {
        // A page had 48 entries at most.
        let order = (u64::from(page) << 20) | u64::from(index);
        Self {
            order: after,
            minor: WITHOUT_SEQUENCE_BEFORE | order,
            books: 0,
        }
    }
}

/// The position from which a list of entries continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<u8>);

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The entry.
    pub entry: Entry,
    /// Its state.
    pub state: EntryState,
}

/// Consecutive entries of a list, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// At most [`LISTED_MAX`] entries.
    pub entries: Vec<Listed>,
    /// The cursor for the next entries. `None` at the end.
    pub next: Option<Cursor>,
}

/// Maximum accounts or entries in one read.
pub const LISTED_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_a_newer_version_kept_is_read_and_written_back() {
        for at in [None, Some(Position::START)] {
            let filed = Filed {
                state: EntryState::Withdrawn,
                ..Filed::current(at, b"an entry")
            };
            assert_eq!(Filed::decode(&filed.encode()), Ok(filed.clone()));
            let newer = records::tests::newer(&filed.encode());
            let read = Filed::decode(&newer).unwrap();
            assert_eq!((read.at, read.state), (filed.at, filed.state));
            assert_eq!(read.encode(), newer);
        }
    }
}
