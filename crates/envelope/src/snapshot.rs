//! A snapshot: the bank's signed statement of everything that a customer has, as of a message number.

use crate::sign1::Sign1;
use crate::{
    ChainError, Head, Purpose, SignatureError, Signer, SigningFailed, TrustList, first_hash,
    link_hash,
};
use protocol::cbor::Fields;
use protocol::{Body, ChannelKind, Message, MessageKind, ParseError, cbor, cbor_array};
use thiserror::Error;
use types::{ChannelId, Generation, Hash, Incarnation, KeyEpoch, Nonce, Number, Position, Time};

const PURPOSE: &str = "passbook snapshot";

/// Why a snapshot is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// The bank did not sign the snapshot for this channel.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The message does not prove the snapshot's head.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The snapshot answers another nonce, or has a nonce although the device sent none.
    #[error("it answers another nonce")]
    StaleNonce,
    /// The snapshot is older than its message or than the newest proven time.
    #[error("older than the newest proven time")]
    TimeGoesBack,
    /// The snapshot's generation is earlier than the device's.
    #[error("of a generation earlier than the device's")]
    GenerationGoesBack,
    /// The snapshot lacks message `number`, or has a message at number 0.
    #[error("message `number` must come with the snapshot, except at number 0")]
    MessageMisplaced,
}

impl SnapshotError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::Chain(cause) => cause.reason(),
            Self::StaleNonce => "stale_nonce",
            Self::TimeGoesBack => "snapshot_time_goes_back",
            Self::GenerationGoesBack => "generation_goes_back",
            Self::MessageMisplaced => "message_misplaced",
        }
    }
}

impl From<ParseError> for SnapshotError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

/// The proof of a snapshot's head and of its time: message `number` as a hole, and H(number − 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadProof {
    /// H(number − 1).
    pub before: Hash,
    /// The message without its body.
    pub message: Message,
}

impl HeadProof {
    /// Makes a proof from the hash before the message and the bytes of the hole.
    pub fn parse(before: Hash, hole: Vec<u8>) -> Result<Self, SnapshotError> {
        let message = Message::parse(hole.into())?;
        match message.body {
            Body::Hole(_) => Ok(Self { before, message }),
            Body::Bytes(_) => {
                Err(ParseError::WrongShape("the message of a proof must be a hole").into())
            }
        }
    }
}

/// The signed statement of a snapshot. The items are in its [parts](crate::open_part).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation.
    pub generation: Generation,
    /// The message number of the snapshot. Its items include every event of the messages up to this number, and perhaps
    /// later events.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// The incarnation of the core bank's books. The items' sequences belong to it.
    pub incarnation: Incarnation,
    /// When the snapshot was made.
    pub time: Time,
    /// The key epoch under which its parts and pages are sealed.
    pub epoch: KeyEpoch,
    /// The number of parts, at least 1.
    pub parts: u64,
    /// The parts' Merkle root.
    pub root: Hash,
    /// The nonce of the device's request, which proves that the snapshot is fresh. `None` in the answer to an
    /// enrolment.
    pub nonce: Option<Nonce>,
}

impl Snapshot {
    /// The payload that the bank signs.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            2,
            self.channel,
            self.generation,
            self.number,
            self.hash,
            self.incarnation,
            self.time,
            self.epoch,
            self.parts,
            self.root,
            self.nonce,
        ])
    }

    /// Signs the snapshot with the head key.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Parses and verifies the answer to `nonce` about `channel`.
    pub fn verify(
        bytes: &[u8],
        channel: ChannelId,
        nonce: Option<Nonce>,
        trust: &TrustList,
    ) -> Result<Self, SnapshotError> {
        let snapshot = Self::stored(bytes, channel, trust)?;
        if snapshot.nonce != nonce {
            return Err(SnapshotError::StaleNonce);
        }
        Ok(snapshot)
    }

    /// Parses a stored snapshot of `channel` that was verified before, whatever its nonce.
    pub fn stored(
        bytes: &[u8],
        channel: ChannelId,
        trust: &TrustList,
    ) -> Result<Self, SnapshotError> {
        let sign1 = Sign1::parse(bytes)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, 2)?;
        let snapshot = Self {
            channel: fields.take()?,
            generation: fields.take()?,
            number: fields.take()?,
            hash: fields.take()?,
            incarnation: fields.take()?,
            time: fields.take()?,
            epoch: fields.take()?,
            parts: fields.take()?,
            root: fields.take()?,
            nonce: fields.take()?,
        };
        fields.end()?;
        if snapshot.parts == 0 {
            return Err(ParseError::WrongShape("a snapshot must have a part").into());
        }
        trust.verify(&sign1, Purpose::Head, snapshot.time)?;
        if snapshot.channel != channel {
            return Err(SignatureError::AnotherChannel.into());
        }
        Ok(snapshot)
    }

    /// Checks the snapshot against the proof of its head. `counts` is the device's current generation (`None` for a new
    /// device), and `last` is the time of the device's last checkpoint or snapshot. Returns the head with the time of
    /// its message.
    pub fn judge(
        &self,
        proof: Option<&HeadProof>,
        counts: Option<Generation>,
        last: Option<Time>,
        trust: &TrustList,
    ) -> Result<Head, SnapshotError> {
        if counts.is_some_and(|counts| self.generation < counts) {
            return Err(SnapshotError::GenerationGoesBack);
        }
        let head = self.proven_head(proof, trust)?;
        if self.time < head.time || last.is_some_and(|last| self.time < last) {
            return Err(SnapshotError::TimeGoesBack);
        }
        Ok(head)
    }

    fn proven_head(
        &self,
        proof: Option<&HeadProof>,
        trust: &TrustList,
    ) -> Result<Head, SnapshotError> {
        let start = Head::start(self.channel, self.generation);
        let Some(previous) = self.number.previous() else {
            return match proof {
                None if self.hash == start.hash => Ok(start),
                None => Err(ChainError::ChainBroken.into()),
                Some(_) => Err(SnapshotError::MessageMisplaced),
            };
        };
        let HeadProof { before, message } = proof.ok_or(SnapshotError::MessageMisplaced)?;
        if message.number != self.number {
            return Err(ChainError::NumberNotNext.into());
        }
        if message.kind == MessageKind::Announcement {
            return Err(ChainError::KindOfAnotherChannel.into());
        }
        if message.expires.is_some() {
            return Err(ChainError::ExpiresNotYet.into());
        }
        let first = previous == Number::ZERO;
        if (first && *before != first_hash(self.channel, self.generation))
            || link_hash(before, message) != self.hash
        {
            return Err(ChainError::ChainBroken.into());
        }
        let head = self.head(message.time);
        head.verify(&message.signature, ChannelKind::Customer, trust)
            .map_err(ChainError::from)?;
        Ok(head)
    }

    /// The snapshot's position.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position::new(self.generation, self.number)
    }

    /// The snapshot's head, with the given time of its message.
    #[must_use]
    pub const fn head(&self, time: Time) -> Head {
        Head {
            channel: self.channel,
            generation: self.generation,
            number: self.number,
            hash: self.hash,
            time,
        }
    }
}
