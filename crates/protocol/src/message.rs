//! One numbered record of a channel.

use crate::ParseError;
use crate::cbor::{Reader, Writer};
use bytes::Bytes;
use types::{Hash, Number, Time};

/// Maximum size of a message in bytes. Readers refuse larger messages.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Customer channels: a sealed entry.
    Entry,
    /// Customer channels: a new key epoch with its grants.
    Rekey,
    /// Global channels: an entry's map, not sealed.
    Announcement,
}

impl MessageKind {
    /// The kind as it is sent.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Entry => 0,
            Self::Rekey => 1,
            Self::Announcement => 2,
        }
    }

    fn from_number(number: u64) -> Result<Self, ParseError> {
        match number {
            0 => Ok(Self::Entry),
            1 => Ok(Self::Rekey),
            2 => Ok(Self::Announcement),
            _ => Err(ParseError::UnknownKind),
        }
    }
}

/// The body of a message, or its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The body, opaque to the broker.
    Bytes(Bytes),
    /// A hole: the body was removed and only its hash is left.
    Hole(Hash),
}

impl Body {
    /// SHA-256 of the body: computed, or taken from the hole.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Self::Bytes(bytes) => Hash::of(bytes),
            Self::Hole(hash) => *hash,
        }
    }

    /// The body, unless it is a hole.
    #[must_use]
    pub const fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Hole(_) => None,
        }
    }
}

/// A message: `[1, number, kind, time, expires | null, body, signature]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number in the channel, from 1.
    pub number: Number,
    /// The message's kind.
    pub kind: MessageKind,
    /// When notification numbered the message.
    pub time: Time,
    /// When the body may be removed. Always `None`: expiry does not exist yet.
    pub expires: Option<Time>,
    /// The body, or the hole.
    pub body: Body,
    /// The bank's signature of the head that this message makes: a Sign1 in CBOR with detached payload.
    pub signature: Bytes,
}

impl Message {
    /// Parses a message. Body and signature share the memory of `bytes`.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseError> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(ParseError::TooLong);
        }
        let mut reader = Reader::new(&bytes);
        let count = reader.array()?;
        if reader.unsigned()? != 1 {
            return Err(ParseError::UnknownVersion);
        }
        if count != 7 {
            return Err(ParseError::WrongShape("a message must have seven fields"));
        }
        let number = match Number::new(reader.unsigned()?) {
            Ok(number) if number > Number::ZERO => number,
            _ => return Err(ParseError::WrongShape("message numbers count from 1")),
        };
        let kind = MessageKind::from_number(reader.unsigned()?)?;
        let time = Time::from_ms(reader.unsigned()?);
        let expires = reader.optional()?.map(Time::from_ms);
        let body = if reader.at_array() {
            Body::Hole(hole(&mut reader)?)
        } else {
            Body::Bytes(bytes.slice_ref(reader.bytes()?))
        };
        let signature = bytes.slice_ref(reader.bytes()?);
        reader.end()?;
        Ok(Self {
            number,
            kind,
            time,
            expires,
            body,
            signature,
        })
    }

    /// Writes the message in CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let body = self.body.bytes().map_or(36, Bytes::len);
        let mut writer = Writer::with_capacity(body + self.signature.len() + 48);
        writer
            .array(7)
            .unsigned(1)
            .unsigned(self.number.get())
            .unsigned(self.kind.number())
            .unsigned(self.time.ms())
            .optional(self.expires.map(Time::ms));
        match &self.body {
            Body::Bytes(bytes) => writer.bytes(bytes),
            Body::Hole(hash) => writer.array(1).bytes(hash.as_bytes()),
        };
        writer.bytes(&self.signature);
        writer.finish()
    }
}

fn hole(reader: &mut Reader<'_>) -> Result<Hash, ParseError> {
    const SHAPE: ParseError = ParseError::WrongShape("a hole must be an array of one hash");
    if reader.array()? != 1 {
        return Err(SHAPE);
    }
    Hash::try_from(reader.bytes()?).map_err(|_| SHAPE)
}
