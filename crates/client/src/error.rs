//! Why syncing stopped.

use crate::discrepancy::Found;
use crate::keys::KeyError;
use crate::seal::SealedError;
use crate::store::StoreError;
use crate::transport::TransportError;
use protocol::http::Problem;
use thiserror::Error;
use token::HttpUrl;
use types::ErrorCode;

/// RFC 6585, 4.
pub(crate) const TOO_MANY_REQUESTS: u16 = 429;

/// The bank refused a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the bank refused with status {status}{}", self.said())]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The problem document, where there was one.
    pub problem: Option<Box<Problem>>,
    /// For how many milliseconds the bank wants not to be asked again, where it says so.
    pub retry_after_ms: Option<u64>,
}

impl Refused {
    /// The stable code, where this version knows it.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.problem
            .as_ref()
            .and_then(|problem| problem.error_code())
    }

    fn said(&self) -> String {
        match &self.problem {
            Some(problem) => format!(": {} ({})", problem.title, problem.code),
            None => String::new(),
        }
    }
}

/// Why an operation of the [`Device`](crate::Device) failed. What was committed before stays.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The store failed, or another owner has it or has written to it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds what this device did not put there.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The key port failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The bank was not reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The bank refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The stream was ended for good, and the server said why.
    #[error("the stream was ended: {}", .0.says())]
    StreamEnded(Ended),
    /// The bank answered something that is not in the protocol's form.
    #[error("the bank's answer is not in the protocol's form")]
    Answer,
    /// What was given does not agree with what the bank signed. Recorded, and reported where it can be.
    #[error(transparent)]
    Discrepancy(Box<Found>),
    /// The store holds no enrolled device.
    #[error("no device is enrolled here")]
    NotEnrolled,
    /// The store holds an enrolled device already.
    #[error("a device is enrolled here already")]
    AlreadyEnrolled,
    /// What was typed is no activation code.
    #[error("an activation code has 16 characters, and 26 of the root's fingerprint")]
    NotACode,
    /// Nobody with the root whose fingerprint is printed beside the activation code answers here.
    #[error("this is not the bank whose fingerprint is printed with the activation code")]
    AnotherBank,
    /// The bank answers here, but proofs have to name another URL: a code sent from here would be spent on a device that
    /// nobody takes a request of.
    #[error("this bank is known as {0}; give that URL")]
    AnotherUrl(HttpUrl),
    /// The storage key is needed.
    #[error("the passbook is locked")]
    Locked,
    /// The owner that was asked has stopped.
    #[error("the device's owner has stopped")]
    Stopped,
}

/// What the bank's refusal means for a device that wants to stay live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The channel token has expired: the next login, or enrolment, brings a new one. What is held stays readable.
    TokenExpired,
    /// The bank takes this token no longer.
    TokenInvalid,
    /// The device was removed.
    DeviceRevoked,
    /// Newer streams of the same device took this one's place: another program is live with its keys. Connecting again
    /// would end one of those.
    Replaced,
}

impl Ended {
    const fn says(self) -> &'static str {
        match self {
            Self::TokenExpired => "the channel token has expired",
            Self::TokenInvalid => "the channel token is no longer taken",
            Self::DeviceRevoked => "the device was removed",
            Self::Replaced => "the device has opened newer ones",
        }
    }
}

impl SyncError {
    /// Whether the refusal is one that trying again does not change.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match self {
            Self::Refused(refused) => match refused.code()? {
                ErrorCode::TokenExpired => Some(Ended::TokenExpired),
                ErrorCode::TokenInvalid | ErrorCode::TokenMissing => Some(Ended::TokenInvalid),
                ErrorCode::DeviceRevoked => Some(Ended::DeviceRevoked),
                _ => None,
            },
            Self::StreamEnded(ended) => Some(*ended),
            _ => None,
        }
    }

    /// Whether the bank, or this part of it, was not there: trying again later may do.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused(refused) => {
                refused.status >= 500
                    || matches!(refused.status, 408 | TOO_MANY_REQUESTS)
                    // Nodes that begin one after the other: each asks for a nonce of its own.
                    || refused.code() == Some(ErrorCode::UseDpopNonce)
            }
            _ => false,
        }
    }

    /// Whether trying again may do: the network, a node that is overloaded or gone, an answer that was cut off.
    pub(crate) fn is_passing(&self) -> bool {
        self.ended().is_none()
            && (self.is_unavailable() || matches!(self, Self::Refused(_) | Self::Answer))
    }

    /// Whether the bank answers, but takes no more requests of this device for a while.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.status == TOO_MANY_REQUESTS)
    }

    /// For how many milliseconds the bank wants not to be asked again, where it says so.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused(refused) => refused.retry_after_ms,
            _ => None,
        }
    }

    /// Whether the bank refused with that code.
    #[must_use]
    pub fn is_code(&self, wanted: ErrorCode) -> bool {
        matches!(self, Self::Refused(refused) if refused.code() == Some(wanted))
    }
}
