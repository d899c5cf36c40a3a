//! The hash chain of a channel's messages, and the head that the bank signs with each message.

use crate::sign1::Sign1;
use crate::{Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::Writer;
use protocol::{Body, ChannelKind, Message, MessageKind, cbor, cbor_array};
use thiserror::Error;
use types::{ChannelId, Generation, Hash, Number, Position, Time};

/// H(0): the start of the chain of a channel's generation.
#[must_use]
pub fn first_hash(channel: ChannelId, generation: Generation) -> Hash {
    Hash::of(&cbor::encode(&cbor_array![
        "passbook chain",
        1,
        channel,
        generation
    ]))
}

/// H(n): the hash of the chain up to `message`, computed from H(n − 1). It covers the hash of the message's body, so a
/// hole makes the same H(n) as the message that it replaces.
#[must_use]
pub fn link_hash(before: &Hash, message: &Message) -> Hash {
    let mut writer = Writer::with_capacity(128);
    writer
        .array(8)
        .text("passbook link")
        .unsigned(1)
        .bytes(before.as_bytes())
        .unsigned(message.number.get())
        .unsigned(message.kind.number())
        .unsigned(message.time.ms())
        .optional(message.expires.map(Time::ms))
        .bytes(message.body.hash().as_bytes());
    Hash::of(&writer.finish())
}

/// The head of a channel: the position, hash and time of its newest message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation.
    pub generation: Generation,
    /// The newest message's number; 0 before the first.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// The newest message's time. Later messages must not have an earlier time. 0 before the first message.
    pub time: Time,
}

impl Head {
    /// The head before the first message of a generation.
    #[must_use]
    pub fn start(channel: ChannelId, generation: Generation) -> Self {
        Self {
            channel,
            generation,
            number: Number::ZERO,
            hash: first_hash(channel, generation),
            time: Time::from_ms(0),
        }
    }

    /// The head after `message`, which must be the next message. This function checks nothing.
    #[must_use]
    pub fn after(&self, message: &Message) -> Self {
        Self {
            number: message.number,
            hash: link_hash(&self.hash, message),
            time: message.time,
            ..*self
        }
    }

    /// The head's position.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position::new(self.generation, self.number)
    }

    /// The payload that the bank signs. It does not contain the time, which the hash covers.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            "passbook head",
            1,
            self.channel,
            self.generation,
            self.number,
            self.hash
        ])
    }

    /// Signs the head. The result is the `signature` of the message that makes this head.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_detached(signer, &self.payload())
    }

    /// Verifies `signature` with the key that was valid at this head's time.
    pub fn verify(
        &self,
        signature: &[u8],
        kind: ChannelKind,
        trust: &TrustList,
    ) -> Result<(), SignatureError> {
        let sign1 = Sign1::parse(signature)?;
        let purpose = match kind {
            ChannelKind::Customer => Purpose::Head,
            ChannelKind::Global => Purpose::Announcement,
        };
        let key = trust.key(sign1.kid(), purpose, self.time)?;
        sign1.verify_detached(key, &self.payload())
    }
}

/// Why messages do not continue a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChainError {
    /// A message is missing, repeated or out of order.
    #[error("not the next number")]
    NumberNotNext,
    /// A message is older than the previous one.
    #[error("the time goes back")]
    TimeGoesBack,
    /// A message has an expiry time. This version does not allow expiry.
    #[error("messages cannot expire in this version")]
    ExpiresNotYet,
    /// A message is a hole: its body was removed, and this version knows no reason for that.
    #[error("a hole without a reason")]
    HoleWithoutReason,
    /// The kind of message belongs to the other kind of channel.
    #[error("a kind of message for the other kind of channel")]
    KindOfAnotherChannel,
    /// The hashes do not lead to the verified head.
    #[error("the chain is broken")]
    ChainBroken,
    /// The bank did not sign this head.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl ChainError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NumberNotNext => "number_not_next",
            Self::TimeGoesBack => "time_goes_back",
            Self::ExpiresNotYet => "expires_not_yet",
            Self::HoleWithoutReason => "hole_without_reason",
            Self::KindOfAnotherChannel => "kind_of_another_channel",
            Self::ChainBroken => "chain_broken",
            Self::Signature(cause) => cause.reason(),
        }
    }
}

/// A verified run of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<'m> {
    /// The head after the run.
    pub head: Head,
    /// The messages that the device did not have, in order.
    pub new: Vec<&'m Message>,
    /// The head after each of them.
    pub heads: Vec<Head>,
}

/// Verifies messages that continue from the device's head. Drops messages that the device already has, extends the
/// chain with the others, and verifies the signature of the newest, which proves all of them. If all messages were
/// dropped, no signature is verified.
pub fn verify_forwards<'m>(
    own: &Head,
    kind: ChannelKind,
    messages: &'m [Message],
    trust: &TrustList,
) -> Result<Run<'m>, ChainError> {
    let new: Vec<_> = messages
        .iter()
        .filter(|message| message.number > own.number)
        .collect();
    let mut head = *own;
    let mut heads = Vec::with_capacity(new.len());
    for message in &new {
        if message.number != head.number.next() {
            return Err(ChainError::NumberNotNext);
        }
        if message.time < head.time {
            return Err(ChainError::TimeGoesBack);
        }
        check_message(message, kind)?;
        head = head.after(message);
        heads.push(head);
    }
    if let Some(newest) = new.last() {
        head.verify(&newest.signature, kind, trust)?;
    }
    Ok(Run { head, new, heads })
}

/// Verifies a page of older messages against the verified head at which it must end. `claimed` is the hash before the
/// page, as the broker sent it. Returns number and hash before the page; both are now proven. No signature is verified,
/// and the time of the first message is not compared with the message before the page.
pub fn verify_backwards(
    end: &Head,
    claimed: Hash,
    kind: ChannelKind,
    messages: &[Message],
) -> Result<(Number, Hash), ChainError> {
    let before = messages
        .first()
        .and_then(|first| first.number.previous())
        .ok_or(ChainError::NumberNotNext)?;
    let mut head = Head {
        number: before,
        hash: claimed,
        time: Time::from_ms(0),
        ..*end
    };
    let mut goes_back = false;
    for message in messages {
        if message.number != head.number.next() {
            return Err(ChainError::NumberNotNext);
        }
        goes_back |= message.time < head.time;
        head = head.after(message);
    }
    if head.number != end.number {
        return Err(ChainError::NumberNotNext);
    }
    if head.hash != end.hash {
        return Err(ChainError::ChainBroken);
    }
    if goes_back {
        return Err(ChainError::TimeGoesBack);
    }
    messages
        .iter()
        .try_for_each(|message| check_message(message, kind))?;
    Ok((before, claimed))
}

fn check_message(message: &Message, kind: ChannelKind) -> Result<(), ChainError> {
    match (kind, message.kind) {
        (ChannelKind::Customer, MessageKind::Entry | MessageKind::Rekey)
        | (ChannelKind::Global, MessageKind::Announcement) => {}
        _ => return Err(ChainError::KindOfAnotherChannel),
    }
    if message.expires.is_some() {
        return Err(ChainError::ExpiresNotYet);
    }
    // This version cannot recall messages and lets none expire, so no hole has a reason.
    match message.body {
        Body::Bytes(_) => Ok(()),
        Body::Hole(_) => Err(ChainError::HoleWithoutReason),
    }
}
