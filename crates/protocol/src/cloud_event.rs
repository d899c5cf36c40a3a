//! The CloudEvent that carries a sealed event from the core bank's relay through pub/sub, as structured JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use types::{EncodingError, EventId, Sequence, hex};

/// The only `type` of our CloudEvents. The type of the event is inside, sealed.
pub const CLOUD_EVENT_TYPE: &str = "passbook.event";

const SPEC_VERSION: &str = "1.0";

/// Why a CloudEvent is refused.
#[derive(Debug, Error)]
pub enum CloudEventError {
    /// The bytes are not JSON, or lack our attributes in their forms.
    #[error("wrong shape")]
    WrongShape(#[source] Option<serde_json::Error>),
    /// A CloudEvent of another type.
    #[error("a CloudEvent of another type")]
    AnotherType,
}

impl CloudEventError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::WrongShape(_) => "wrong_shape",
            Self::AnotherType => "another_type",
        }
    }
}

/// A subject as pub/sub sees it: 16 bytes of an HMAC, in lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindSubject([u8; 16]);

impl BlindSubject {
    /// Makes the value from the first 16 bytes of the HMAC.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for BlindSubject {
    type Err = EncodingError;
    fn from_str(text: &str) -> Result<Self, EncodingError> {
        let bytes = hex::decode(text)?;
        let have = bytes.len();
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| EncodingError::Length { want: 16, have })
    }
}

impl fmt::Display for BlindSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for BlindSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindSubject({self})")
    }
}

/// A sealed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudEvent {
    /// The event's id. The entry has the same id.
    pub id: EventId,
    /// The relay that sends it, as a URI reference.
    pub source: String,
    /// The subject, blinded.
    pub subject: BlindSubject,
    /// The event's sequence among the subject's events, from 1.
    pub sequence: Sequence,
    /// The sealed event: an Encrypt0 in CBOR.
    pub data: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Attributes {
    specversion: String,
    id: EventId,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
    sequence: String,
    data_base64: String,
}

impl CloudEvent {
    /// Parses structured JSON. Ignores attributes that are not ours, as the CloudEvents standard requires.
    pub fn parse(json: &[u8]) -> Result<Self, CloudEventError> {
        let attributes: Attributes = crate::json::from_slice(json)
            .map_err(|cause| CloudEventError::WrongShape(Some(cause)))?;
        if attributes.event_type != CLOUD_EVENT_TYPE {
            return Err(CloudEventError::AnotherType);
        }
        Self::of(attributes).ok_or(CloudEventError::WrongShape(None))
    }

    fn of(attributes: Attributes) -> Option<Self> {
        let padded = attributes.sequence.len() == 20
            && attributes
                .sequence
                .bytes()
                .all(|byte| byte.is_ascii_digit());
        if attributes.specversion != SPEC_VERSION || attributes.source.is_empty() || !padded {
            return None;
        }
        let sequence = Sequence::new(attributes.sequence.parse().ok()?).ok()?;
        Some(Self {
            id: attributes.id,
            source: attributes.source,
            subject: attributes.subject.parse().ok()?,
            sequence: (sequence > Sequence::ZERO).then_some(sequence)?,
            data: STANDARD.decode(attributes.data_base64).ok()?,
        })
    }

    /// The sequence as the attribute's text: 20 digits.
    #[must_use]
    pub fn sequence_attribute(&self) -> String {
        format!("{:020}", self.sequence.get())
    }

    /// The CloudEvent as structured JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, CloudEventError> {
        serde_json::to_vec(&Attributes {
            specversion: SPEC_VERSION.to_owned(),
            id: self.id.clone(),
            source: self.source.clone(),
            event_type: CLOUD_EVENT_TYPE.to_owned(),
            subject: self.subject.to_string(),
            sequence: self.sequence_attribute(),
            data_base64: STANDARD.encode(&self.data),
        })
        .map_err(|cause| CloudEventError::WrongShape(Some(cause)))
    }
}
