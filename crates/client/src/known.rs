//! Whose books are shown, and the snapshot that is being taken.

use crate::records::{self, Rest};
use crate::seal::SealedError;
use envelope::{Head, PartsReader, Section, Snapshot, TrustList};
use protocol::cbor::{self, Fields};
use protocol::cbor_array;
use std::sync::Arc;
use types::{ChannelId, Incarnation, Position, Sequence, SnapshotId, Time};

/// What the newest snapshot that was taken over says of everything that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The bank's books; none before the first snapshot that named them.
    pub(crate) incarnation: Option<Incarnation>,
    /// How many other books there were before, as this device counts them.
    pub(crate) books: u32,
    /// How many snapshots were taken over: accounts that the newest does not state are no longer held.
    pub(crate) stated: u64,
    /// The newest snapshot's time, below which no later one is.
    pub(crate) time: Option<Time>,
    /// The newest of the customer's own events.
    pub(crate) customer: Sequence,
    /// The highest slot that a book was given.
    pub(crate) slots: u32,
    /// The snapshot whose pages may be asked for.
    pub(crate) source: Option<Arc<Source>>,
    /// As of where what belongs to no account is to be judged by other books.
    pub(crate) sweep: Option<Position>,
    pub(crate) rest: Rest,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            incarnation: None,
            books: 0,
            stated: 0,
            time: None,
            customer: Sequence::ZERO,
            slots: 0,
            source: None,
            sweep: None,
            rest: Rest::default(),
        }
    }
}

impl Known {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let known = cbor_array![
            1,
            self.incarnation,
            u64::from(self.books),
            self.stated,
            self.time,
            self.customer,
            u64::from(self.slots),
            self.source.as_ref().map(|source| source.id),
            self.source.as_ref().map(|source| source.bytes.clone()),
            self.sweep.map(|at| at.generation),
            self.sweep.map(|at| at.number),
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(
        bytes: &[u8],
        channel: ChannelId,
        trust: &TrustList,
    ) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let incarnation = fields.take()?;
        let books = small(fields.take()?)?;
        let (stated, time, customer) = (fields.take()?, fields.take()?, fields.take()?);
        let slots = small(fields.take()?)?;
        let source = source(&mut fields, channel, trust)?;
        let sweep = match (fields.take()?, fields.take()?) {
            (Some(generation), Some(number)) => Some(Position::new(generation, number)),
            _ => None,
        };
        Ok(Self {
            incarnation,
            books,
            stated,
            time,
            customer,
            slots,
            source,
            sweep,
            rest: Rest::of(fields),
        })
    }
}

fn small(number: u64) -> Result<u32, SealedError> {
    u32::try_from(number).map_err(|_| SealedError::Shape)
}

/// A verified snapshot, whose parts and pages can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) id: SnapshotId,
    pub(crate) snapshot: Snapshot,
    /// The Sign1, as it came.
    pub(crate) bytes: Vec<u8>,
}

/// Reads a source back. One whose key the list no longer has is none: another is asked for.
fn source(
    fields: &mut Fields,
    channel: ChannelId,
    trust: &TrustList,
) -> Result<Option<Arc<Source>>, SealedError> {
    let (id, bytes): (Option<SnapshotId>, Option<Vec<u8>>) = (fields.take()?, fields.take()?);
    let (Some(id), Some(bytes)) = (id, bytes) else {
        return Ok(None);
    };
    Ok(Snapshot::stored(&bytes, channel, trust)
        .ok()
        .map(|snapshot| {
            Arc::new(Source {
                id,
                snapshot,
                bytes,
            })
        }))
}

/// A snapshot that is being taken: its parts are read one after the other, then taken over one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taking {
    pub(crate) source: Arc<Source>,
    /// Its head, with the time of its message.
    pub(crate) head: Head,
    /// The signature of that head; none at number 0.
    pub(crate) signature: Option<Vec<u8>>,
    /// Whether the device goes on from it.
    pub(crate) goes_on: bool,
    /// Whether it is of other books than those that are shown.
    pub(crate) other_books: bool,
    pub(crate) reader: PartsReader,
    /// How many parts were taken over.
    pub(crate) adopted: u64,
    pub(crate) rest: Rest,
}

impl Taking {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let last = self.reader.last.as_ref();
        let known = cbor_array![
            1,
            self.source.id,
            self.source.bytes.as_slice(),
            self.head.time,
            self.signature.clone(),
            self.goes_on,
            self.other_books,
            self.reader.next,
            last.map(|(section, _)| section.as_str()),
            last.map(|(_, id)| id.as_str()),
            self.reader.customer,
            self.adopted,
        ];
        cbor::encode(&self.rest.after(known))
    }

    /// Reads it back; none where its snapshot is no longer trusted.
    pub(crate) fn decode(
        bytes: &[u8],
        channel: ChannelId,
        trust: &TrustList,
    ) -> Result<Option<Self>, SealedError> {
        let mut fields = records::fields(bytes)?;
        let source = source(&mut fields, channel, trust)?;
        let time = fields.take()?;
        let signature = fields.take()?;
        let (goes_on, other_books) = (fields.take()?, fields.take()?);
        let next = fields.take()?;
        let (section, id): (Option<String>, Option<String>) = (fields.take()?, fields.take()?);
        let section = section.and_then(|section| Section::of(&section));
        let reader = PartsReader {
            next,
            last: section.zip(id),
            customer: fields.take()?,
        };
        let adopted = fields.take()?;
        let rest = Rest::of(fields);
        Ok(source.map(|source| Self {
            head: source.snapshot.head(time),
            source,
            signature,
            goes_on,
            other_books,
            reader,
            adopted,
            rest,
        }))
    }
}
