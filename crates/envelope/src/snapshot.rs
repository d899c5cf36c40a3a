//! The bank's statement of everything that a customer has, as of a number.

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
    /// The bank did not sign it for this channel.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Its message does not prove its head.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// It answers another nonce, or one where none was sent.
    #[error("it answers another nonce")]
    StaleNonce,
    /// It is older than its message, or than what is proven already.
    #[error("older than what is proven already")]
    TimeGoesBack,
    /// It is of a generation before the one that counts.
    #[error("of a generation before the device's")]
    GenerationGoesBack,
    /// It comes without message `number`, or at number 0 with one.
    #[error("the answer has message `number`, and none at number 0")]
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

/// Message `number` in the form of a hole, and H(number − 1): what proves a snapshot's head and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadProof {
    /// H(number − 1).
    pub before: Hash,
    /// The message without its body.
    pub message: Message,
}

impl HeadProof {
    /// Reads one, of the hole's bytes.
    pub fn parse(before: Hash, hole: Vec<u8>) -> Result<Self, SnapshotError> {
        let message = Message::parse(hole.into())?;
        match message.body {
            Body::Hole(_) => Ok(Self { before, message }),
            Body::Bytes(_) => Err(ParseError::WrongShape("a proof is a hole").into()),
        }
    }
}

/// A snapshot: what the bank signs of it. Its items come in [parts](crate::open_part).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation.
    pub generation: Generation,
    /// The number as of which it is: its items contain every event of the messages up to here, and perhaps later ones.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// The core bank's books that the items' sequences belong to.
    pub incarnation: Incarnation,
    /// When it was made.
    pub time: Time,
    /// Under which key epoch its parts and pages are sealed.
    pub epoch: KeyEpoch,
    /// The number of its parts, from 1.
    pub parts: u64,
    /// Their Merkle root.
    pub root: Hash,
    /// The device's own, which makes it fresh; none in the enrolment's answer.
    pub nonce: Option<Nonce>,
}

impl Snapshot {
    /// What is signed.
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

    /// Signs it by the head key.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Reads and verifies the answer to `nonce` about `channel`.
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

    /// Reads back one of `channel` that was verified before, whichever nonce it answered.
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
            return Err(ParseError::WrongShape("a snapshot has a part").into());
        }
        trust.verify(&sign1, Purpose::Head, snapshot.time)?;
        if snapshot.channel != channel {
            return Err(SignatureError::AnotherChannel.into());
        }
        Ok(snapshot)
    }

    /// Judges it by the proof of its head that came with it, on a device for which the generation `counts` (none: a
    /// new device) and which had its `last` checkpoint or snapshot at that time. Answers the head, with the time of
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

    /// As of where it is.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position::new(self.generation, self.number)
    }

    /// The head that it begins at, whose message has that time.
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
