//! Seals events for pub/sub: the subject is blinded and the event is encrypted.

use crate::derive::hkdf;
use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::{HmacSha256, OpenError};
use protocol::{BlindSubject, CloudEvent, Event, ParseError, cbor, cbor_array};
use std::fmt;
use thiserror::Error;
use types::{EventId, Hash, KeyEpoch, SubjectId};
use zeroize::Zeroizing;

/// Why an event is refused or cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EventError {
    /// It does not open, or is not an event.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The CloudEvent's attributes do not match the sealed event.
    #[error("the attributes belong to another event")]
    AttributesOfAnother,
}

impl EventError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Open(cause) => cause.reason(),
            Self::AttributesOfAnother => "attributes_of_another",
        }
    }
}

impl From<ParseError> for EventError {
    fn from(error: ParseError) -> Self {
        Self::Open(error.into())
    }
}

/// The two keys that the core bank's relay and notification derive from the relay's key.
pub struct RelayKeys {
    epoch: KeyEpoch,
    subject: Zeroizing<[u8; 32]>,
    event: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for RelayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayKeys")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl RelayKeys {
    /// Derives both keys from the relay's key of `epoch`.
    #[must_use]
    pub fn derive(relay_key: &[u8; 32], epoch: KeyEpoch) -> Self {
        Self {
            epoch,
            subject: hkdf(relay_key, b"passbook subject"),
            event: hkdf(relay_key, b"passbook event"),
        }
    }

    /// The blinded subject, as pub/sub sees it.
    #[must_use]
    pub fn blind(&self, subject: &SubjectId) -> BlindSubject {
        let mac = HmacSha256::new(&self.subject)
            .over(subject.as_str().as_bytes())
            .finish();
        let mut blind = [0; 16];
        blind
            .iter_mut()
            .zip(mac.iter())
            .for_each(|(to, from)| *to = *from);
        BlindSubject::new(blind)
    }

    /// Seals an event for pub/sub. `source` identifies the relay.
    pub fn seal(&self, event: &Event, source: &str, iv: &Iv) -> Result<CloudEvent, EventError> {
        let (subject, sequence) = event.subject()?;
        let mut sealed = CloudEvent {
            id: event.entry.id.clone(),
            source: source.to_owned(),
            subject: self.blind(subject),
            sequence,
            data: Vec::new(),
        };
        sealed.data = encrypt0(&self.event, self.epoch, iv, &aad(&sealed), &event.encode())?;
        Ok(sealed)
    }

    /// Opens an event and checks that the attributes match it.
    pub fn open(&self, sealed: &CloudEvent) -> Result<Event, EventError> {
        let content = decrypt0(&self.event, self.epoch, &aad(sealed), &sealed.data)?;
        let event = Event::parse(&content)?;
        let (subject, sequence) = event.subject()?;
        let same = event.entry.id == sealed.id
            && sequence == sealed.sequence
            && self.blind(subject) == sealed.subject;
        if same {
            Ok(event)
        } else {
            Err(EventError::AttributesOfAnother)
        }
    }
}

fn aad(event: &CloudEvent) -> Vec<u8> {
    cbor::encode(&cbor_array![
        "passbook event",
        1,
        &event.id,
        event.source.as_str(),
        event.subject.to_string(),
        event.sequence_attribute(),
    ])
}

/// The hash that identifies an event in the embedded pub/sub, so that a repeated event is recognised.
#[must_use]
pub fn event_id_hash(source: &str, id: &EventId) -> Hash {
    Hash::of(&cbor::encode(&cbor_array![
        "passbook event id",
        1,
        source,
        id
    ]))
}
