//! The identity of the shown books, and the snapshot in progress.

use crate::records::{self, Rest};
use crate::seal::SealedError;
use envelope::{Head, PartsReader, Section, Snapshot, TrustList};
use protocol::cbor::{self, Fields};
use protocol::cbor_array;
use std::sync::Arc;
use types::{ChannelId, Incarnation, Position, Sequence, SnapshotId, Time};

/// What the newest adopted snapshot says about everything that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The bank's books. `None` before the first snapshot that named them.
    pub(crate) incarnation: Option<Incarnation>,
    /// The number of earlier books, as this device counts them.
    pub(crate) books: u32,
    /// The number of adopted snapshots. An account that the newest one does not contain is no longer held.
    pub(crate) stated: u64,
    /// The newest snapshot's time. No later snapshot has an earlier time.
    pub(crate) time: Option<Time>,
    /// The newest of the customer's own events.
    pub(crate) customer: Sequence,
    /// The highest slot of a book.
    pub(crate) slots: u32,
    /// The snapshot whose pages may be requested.
    pub(crate) source: Option<Arc<Source>>,
    /// The position up to which entries that belong to no account are to be judged against other books.
    pub(crate) sweep: Option<Position>,
    /// The snapshot that the arrangements are based on. `None` if an earlier version adopted the newest snapshot, or if
    /// events of the customer are missing.
    pub(crate) arranged: Option<Arranged>,
    pub(crate) rest: Rest,
}

/// The snapshot that the arrangements are based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arranged {
    /// The number of that snapshot, as this device counts snapshots.
    pub(crate) stated: u64,
    /// The newest of the customer's events that it contains.
    pub(crate) sequence: Sequence,
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
            arranged: None,
            rest: Rest::default(),
        }
    }
}

impl Known {
    /// Whether the newest adopted snapshot's payees, standing orders and pending orders are missing.
    pub(crate) fn lacks_arrangements(&self) -> bool {
        self.arranged.map_or(0, |arranged| arranged.stated) != self.stated
    }

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
            self.arranged.map(|arranged| arranged.stated),
            self.arranged.map(|arranged| arranged.sequence),
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
        // An earlier version did not store arrangements.
        let arranged = (fields.take(), fields.take());
        let arranged = match arranged {
            (Ok(Some(stated)), Ok(Some(sequence))) => Some(Arranged { stated, sequence }),
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
            arranged,
            rest: Rest::of(fields),
        })
    }
}

fn small(number: u64) -> Result<u32, SealedError> {
    u32::try_from(number).map_err(|_| SealedError::Shape)
}

/// A verified snapshot whose parts and pages can be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) id: SnapshotId,
    pub(crate) snapshot: Snapshot,
    /// The Sign1, as received.
    pub(crate) bytes: Vec<u8>,
}

/// Restores a source from the store. If the trust list no longer contains its key, there is no source, and another
/// snapshot is requested.
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

/// A snapshot in progress: its parts are read one after the other, then adopted one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taking {
    pub(crate) source: Arc<Source>,
    /// Its head, with the time of its message.
    pub(crate) head: Head,
    /// The signature of that head. `None` at number 0.
    pub(crate) signature: Option<Vec<u8>>,
    /// Whether the device continues from it.
    pub(crate) goes_on: bool,
    /// Whether it is of other books than the shown ones.
    pub(crate) other_books: bool,
    pub(crate) reader: PartsReader,
    /// The number of adopted parts.
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

    /// Restores it from the store. `None` if its snapshot is no longer trusted.
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
