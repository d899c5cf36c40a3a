//! The bank's fresh statement of a channel's newest message, and what it says about what a device holds.

use crate::sign1::Sign1;
use crate::{Head, Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::Fields;
use protocol::{ParseError, cbor, cbor_array};
use std::cmp::Ordering;
use thiserror::Error;
use types::{ChannelId, Generation, Hash, KeyEpoch, Nonce, Number, Time};

const PURPOSE: &str = "passbook checkpoint";

/// The bank's statement: as of `time`, this is the channel's newest message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation.
    pub generation: Generation,
    /// Its newest number.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// The current key epoch.
    pub epoch: KeyEpoch,
    /// As of when.
    pub time: Time,
    /// The device's own, which makes it fresh.
    pub nonce: Nonce,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The bank did not sign it for this channel.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It answers another nonce.
    #[error("it answers another nonce")]
    StaleNonce,
    /// It is older than the newest message or the last checkpoint.
    #[error("older than what is proven already")]
    TimeGoesBack,
    /// It is of a generation before the device's.
    #[error("of a generation before the device's")]
    GenerationGoesBack,
}

impl CheckpointError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::StaleNonce => "stale_nonce",
            Self::TimeGoesBack => "checkpoint_time_goes_back",
            Self::GenerationGoesBack => "generation_goes_back",
        }
    }
}

impl From<ParseError> for CheckpointError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

/// What a checkpoint says about what a device holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// The device has everything as of the checkpoint's time.
    Complete,
    /// The device lacks messages: they are being withheld if the broker does not give them.
    Withheld,
    /// The device was given another message under the newest number.
    Contradicted,
    /// The device has more than the bank remembers.
    Below,
    /// The channel was restarted.
    Restarted,
}

impl Judgement {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Withheld => "withheld",
            Self::Contradicted => "contradicted",
            Self::Below => "below",
            Self::Restarted => "restarted",
        }
    }
}

impl Checkpoint {
    /// What is signed.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            1,
            self.channel,
            self.generation,
            self.number,
            self.hash,
            self.epoch,
            self.time,
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
        nonce: Nonce,
        trust: &TrustList,
    ) -> Result<Self, CheckpointError> {
        let sign1 = Sign1::parse(bytes)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, 1)?;
        let checkpoint = Self {
            channel: fields.take()?,
            generation: fields.take()?,
            number: fields.take()?,
            hash: fields.take()?,
            epoch: fields.take()?,
            time: fields.take()?,
            nonce: fields.take()?,
        };
        fields.end()?;
        trust.verify(&sign1, Purpose::Head, checkpoint.time)?;
        if checkpoint.channel != channel {
            return Err(SignatureError::AnotherChannel.into());
        }
        if checkpoint.nonce != nonce {
            return Err(CheckpointError::StaleNonce);
        }
        Ok(checkpoint)
    }

    /// Judges what a device holds, after the time of its `last` checkpoint.
    pub fn judge(&self, held: &Head, last: Option<Time>) -> Result<Judgement, CheckpointError> {
        if self.generation < held.generation {
            return Err(CheckpointError::GenerationGoesBack);
        }
        if last.is_some_and(|last| self.time < last) {
            return Err(CheckpointError::TimeGoesBack);
        }
        if self.generation > held.generation {
            return Ok(Judgement::Restarted);
        }
        let ordering = self.number.cmp(&held.number);
        // Who is ahead of the checkpoint has messages that it does not speak of.
        if ordering != Ordering::Less && self.time < held.time {
            return Err(CheckpointError::TimeGoesBack);
        }
        Ok(match ordering {
            Ordering::Less => Judgement::Below,
            Ordering::Greater => Judgement::Withheld,
            Ordering::Equal if self.hash == held.hash => Judgement::Complete,
            Ordering::Equal => Judgement::Contradicted,
        })
    }
}
