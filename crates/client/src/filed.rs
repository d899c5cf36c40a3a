//! An entry as it is kept: a record of its own, whose name orders it among the entries of its book.

use crate::judge::EntryState;
use crate::records::{self, Rest};
use crate::seal::SealedError;
use protocol::cbor::{self, Value};
use protocol::{Entry, cbor_array};
use types::Position;

/// Places from here on are of entries without a sequence, in the order of their coming.
const WITHOUT_SEQUENCE: u64 = 1 << 63;
/// The same of entries that an earlier version had kept in pages.
const WITHOUT_SEQUENCE_BEFORE: u64 = 1 << 62;

/// An entry of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filed {
    /// Where it came in the channel; none where it came in a page, or an earlier version had kept it.
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

/// Where an entry stands among those of its book: by its sequence, then by `minor`. Entries of different books of the
/// bank never share a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) order: u64,
    pub(crate) minor: u64,
    /// The books, as this device counts them.
    pub(crate) books: u32,
}

impl Place {
    /// Of an entry with a sequence in the account's own events.
    pub(crate) const fn of_sequence(sequence: u64, books: u32) -> Self {
        Self {
            order: sequence,
            minor: 0,
            books,
        }
    }

    /// Of a booking from before events existed.
    pub(crate) const fn of_booking(number: u64, books: u32) -> Self {
        Self {
            order: 0,
            minor: number,
            books,
        }
    }

    /// Of what follows the event with that sequence and has none itself.
    pub(crate) const fn without_sequence(after: u64, arrival: u64, books: u32) -> Self {
        Self {
            order: after,
            minor: WITHOUT_SEQUENCE | arrival,
            books,
        }
    }

    /// The same of what an earlier version had kept, the `index`-th of a page.
    pub(crate) fn without_sequence_before(after: u64, page: u32, index: u32) -> Self {
        // A page had 48 entries at most.
        let place = (u64::from(page) << 20) | u64::from(index);
        Self {
            order: after,
            minor: WITHOUT_SEQUENCE_BEFORE | place,
            books: 0,
        }
    }
}

/// From where a list of entries goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<u8>);

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The entry.
    pub entry: Entry,
    /// How it counts.
    pub state: EntryState,
}

/// Consecutive entries of a list, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// At most [`LISTED_MAX`].
    pub entries: Vec<Listed>,
    /// From where the list goes on; none at its end.
    pub next: Option<Cursor>,
}

/// How many accounts or entries are read at once at most.
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
