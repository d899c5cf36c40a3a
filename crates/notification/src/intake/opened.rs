//! An opened event, ready for delivery to its holders.

use crate::Notification;
use crate::numbering::message::ENTRY_BYTES_MAX;
use crate::store::SubjectIndex;
use bytes::Bytes;
use core_bank::entry_hash;
use envelope::{EventError, OpenError};
use protocol::{CloudEvent, CloudEventError, EntryKind, Event, ParseError};
use thiserror::Error;
use tracing::{Span, trace_span};
use types::{CustomerId, Hash, Incarnation, Sequence, SubjectId};

/// An event with the entry that its holders get.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) subject: SubjectId,
    pub(crate) index: SubjectIndex,
    pub(crate) sequence: Sequence,
    /// The entry's map as every holder gets it, but for the customer who ordered the transaction.
    pub(crate) entry: Vec<u8>,
    /// The entry's map as the customer who ordered the transaction gets it, if somebody did.
    pub(crate) ordered: Option<Vec<u8>>,
    /// The hash that identifies the event's content, the same for every holder.
    pub(crate) hash: Hash,
    /// The incarnation of the books that contain the event.
    pub(crate) incarnation: Option<Incarnation>,
    pub(crate) holders: Vec<Holder>,
    /// The bytes as received, if the event came from pub/sub. They are stored if the event has to wait.
    pub(crate) source: Option<Bytes>,
}

impl Opened {
    /// The entry's map as a holder gets it who ordered the transaction, or who did not.
    pub(crate) fn entry_if(&self, ordered: bool) -> &[u8] {
        let whole = self.ordered.as_deref().filter(|_| ordered);
        whole.unwrap_or(&self.entry)
    }

    /// The span in which it is given to its holders, if anybody records it.
    pub(crate) fn span(&self) -> Option<Span> {
        let sequence = self.sequence.get();
        let span =
            trace_span!(target: types::ENTRY_SPANS, "take", subject = %self.subject, sequence);
        (!span.is_disabled()).then_some(span)
    }
}

/// A holder who gets an event.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) customer: CustomerId,
    /// Whether the customer becomes a holder of the subject with this event.
    pub(crate) introduced: bool,
    /// Whether the customer stops being a holder of the subject with this event.
    pub(crate) leaves: bool,
    /// Whether the customer ordered the transaction.
    pub(crate) ordered: bool,
}

/// Why an event cannot be processed.
#[derive(Debug, Clone, Copy, Error)]
pub(crate) enum Unprocessable {
    /// The bytes are not a CloudEvent of this bank's relay.
    #[error("not a CloudEvent of the core bank's relay")]
    NoCloudEvent(&'static str),
    /// The content does not open, is not an event, or does not match the attributes.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The event's entry does not fit into a message.
    #[error("the entry does not fit into a message")]
    TooLong,
}

impl Unprocessable {
    /// A stable word for the check that failed.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::NoCloudEvent(reason) => reason,
            Self::Event(cause) => cause.reason(),
            Self::TooLong => "entry_too_long",
        }
    }
}

impl From<&CloudEventError> for Unprocessable {
    fn from(error: &CloudEventError) -> Self {
        Self::NoCloudEvent(error.reason())
    }
}

impl From<ParseError> for Unprocessable {
    fn from(error: ParseError) -> Self {
        Self::Event(error.into())
    }
}

impl Notification {
    /// Opens an event as received, with the relay key that sealed it.
    pub(crate) fn open_event(
        &self,
        event: &CloudEvent,
        source: Bytes,
    ) -> Result<Opened, Unprocessable> {
        let mut refused = Unprocessable::Event(OpenError::DoesNotOpen.into());
        for keys in &self.relay_keys {
            match keys.open(event) {
                Ok(event) => return self.opened(event, Some(source), None),
                Err(EventError::Open(OpenError::AnotherEpoch)) => {
                    refused = Unprocessable::Event(OpenError::AnotherEpoch.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused)
    }

    /// Prepares an event for its holders. `before` are the holders as of the previous event, if known.
    pub(crate) fn opened(
        &self,
        event: Event,
        source: Option<Bytes>,
        before: Option<&[CustomerId]>,
    ) -> Result<Opened, Unprocessable> {
        let (subject, sequence) = event.subject()?;
        let (subject, first) = (subject.clone(), sequence == Sequence::ZERO.next());
        let named = |kind| {
            let named = event.entry.kind == kind;
            named.then(|| event.entry.argument("customer")).flatten()
        };
        let (added, removed) = (
            named(EntryKind::HolderAdded),
            named(EntryKind::HolderRemoved),
        );
        let mut holders: Vec<Holder> = Vec::with_capacity(event.holders.len());
        let leaving = removed.and_then(|removed| removed.parse().ok());
        let all = event.holders.iter().map(|(customer, _)| customer);
        for customer in all.chain(&leaving) {
            if holders.iter().any(|holder| holder.customer == *customer) {
                continue;
            }
            holders.push(Holder {
                introduced: first
                    || added == Some(customer.as_str())
                    || before.is_some_and(|before| !before.contains(customer)),
                leaves: removed == Some(customer.as_str()),
                ordered: event.ordered_by.as_ref() == Some(customer),
                customer: customer.clone(),
            });
        }
        let whole = event.entry.encode();
        if whole.len() > ENTRY_BYTES_MAX {
            return Err(Unprocessable::TooLong);
        }
        let (entry, ordered) = match event.ordered_by {
            Some(_) => (event.entry.without_order().encode(), Some(whole)),
            None => (whole, None),
        };
        Ok(Opened {
            hash: entry_hash(&event.entry),
            incarnation: event.incarnation,
            index: self.subject_index(&subject),
            sequence,
            subject,
            entry,
            ordered,
            holders,
            source,
        })
    }
}
