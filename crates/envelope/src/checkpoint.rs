//! The bank's fresh statement about a channel's newest message, and how a device compares it with its own head.

use crate::sign1::Sign1;
use crate::{Head, Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::Fields;
use protocol::{ParseError, cbor, cbor_array};
use std::cmp::Ordering;
use thiserror::Error;
use types::{ChannelId, Generation, Hash, KeyEpoch, Nonce, Number, Time};

const PURPOSE: &str = "passbook checkpoint";

/// The bank's statement that this is the channel's newest message at `time`.
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
    /// The time of the statement.
    pub time: Time,
    /// The nonce of the device's request. It proves that the checkpoint is fresh.
    pub nonce: Nonce,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The bank did not sign the checkpoint for this channel.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The checkpoint answers another nonce.
    #[error("it answers another nonce")]
    StaleNonce,
    /// The checkpoint is older than the device's newest message or its last checkpoint.
    #[error("older than the newest proven time")]
    TimeGoesBack,
    /// The checkpoint's generation is earlier than the device's.
    #[error("of a generation earlier than the device's")]
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

/// The result of comparing a checkpoint with a device's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// The device has all messages as of the checkpoint's time.
    Complete,
    /// The device lacks messages. If the broker does not deliver them, it withholds them.
    Withheld,
    /// The device has a different message with the newest number.
    Contradicted,
    /// The device has more messages than the bank knows.
    Below,
    /// The channel was restarted.
    Restarted,
}

impl Judgement {
    /// The word for the result.
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
    /// The payload that the bank signs.
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

    /// Signs the checkpoint with the head key.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Parses and verifies the answer to `nonce` about `channel`.
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

    /// Compares the checkpoint with the device's head. `last` is the time of the device's last checkpoint.
    pub fn judge(&self, own: &Head, last: Option<Time>) -> Result<Judgement, CheckpointError> {
        if self.generation < own.generation {
            return Err(CheckpointError::GenerationGoesBack);
        }
        if last.is_some_and(|last| self.time < last) {
            return Err(CheckpointError::TimeGoesBack);
        }
        if self.generation > own.generation {
            return Ok(Judgement::Restarted);
        }
        let ordering = self.number.cmp(&own.number);
        // If the device's position is beyond the checkpoint, the checkpoint says nothing about the newer messages'
        // times.
        if ordering != Ordering::Less && self.time < own.time {
            return Err(CheckpointError::TimeGoesBack);
        }
        Ok(match ordering {
            Ordering::Less => Judgement::Below,
            Ordering::Greater => Judgement::Withheld,
            Ordering::Equal if self.hash == own.hash => Judgement::Complete,
            Ordering::Equal => Judgement::Contradicted,
        })
    }
}
