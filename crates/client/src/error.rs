//! Errors of synchronization.

use crate::discrepancy::Found;
use crate::keys::KeyError;
use crate::outbox::Objection;
use crate::seal::SealedError;
use crate::store::StoreError;
use crate::transport::TransportError;
use envelope::Comparison;
use order::{Locale, OrderError};
use protocol::http::Problem;
use thiserror::Error;
use token::HttpUrl;
use types::ErrorCode;

/// RFC 6585, 4.
pub(crate) const TOO_MANY_REQUESTS: u16 = 429;

/// The bank refused a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the bank refused with status {status}{}", self.detail())]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The problem document, if there was one.
    pub problem: Option<Box<Problem>>,
    /// How many milliseconds the bank asks to wait, if it does.
    pub retry_after_ms: Option<u64>,
}

impl Refused {
    /// The stable code, if this version knows it.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.problem
            .as_ref()
            .and_then(|problem| problem.error_code())
    }

    fn detail(&self) -> String {
        match &self.problem {
            Some(problem) => {
                let detail = problem.detail.as_deref();
                let detail = detail.map(|detail| format!(": {detail}"));
                let (title, code) = (&problem.title, problem.code);
                format!(": {title} ({code}){}", detail.unwrap_or_default())
            }
            None => String::new(),
        }
    }
}

/// Why an operation of the [`Device`](crate::Device) failed. Earlier commits stay.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The store failed, or another owner has it or has written to it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store contains a record that this device did not write.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The key port failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The bank could not be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The bank refused the request.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The server ended the stream for good, with a reason.
    #[error("the stream was ended: {}", .0.text())]
    StreamEnded(Ended),
    /// The bank's answer violates the protocol's format.
    #[error("the bank's answer violates the protocol's format")]
    Answer,
    /// A discrepancy from what the bank signed. It is recorded, and reported if possible.
    #[error(transparent)]
    Discrepancy(Box<Found>),
    /// The store contains no enrolled device.
    #[error("this store contains no enrolled device")]
    NotEnrolled,
    /// The store contains an enrolled device already.
    #[error("this store contains an enrolled device already")]
    AlreadyEnrolled,
    /// The bank does not ask for a second approval of the order.
    #[error("the bank does not ask for a second approval of this order")]
    NotChallenged,
    /// The bank asks for an approval that this version cannot give.
    #[error(
        "the bank asks for an approval that this version of the app cannot give; update the app"
    )]
    ChallengeUnknown,
    /// The typed text is not an activation code.
    #[error("an activation code must have 16 characters, followed by 26 of the root's fingerprint")]
    NotACode,
    /// The code was made by a device of the customer, which has not approved this one yet. The person types this number
    /// there. Then the enrolment is repeated.
    #[error("this device waits until the one that made the code approves it, with the number {0}")]
    EnrolmentAwaited(Comparison),
    /// What came to the redirect address is not the answer to the login that was begun.
    #[error("this is not the answer to the login that was begun")]
    AnotherLogin,
    /// The login provider refused, with that word (RFC 6749, 4.1.2.1).
    #[error("the login provider refused: {0}")]
    ProviderRefused(String),
    /// The typed text is not the fingerprint of a root.
    #[error("a root's fingerprint has 26 characters")]
    NotAFingerprint,
    /// The server does not have the root whose fingerprint is printed beside the activation code.
    #[error("this is not the bank whose fingerprint is printed with the activation code")]
    AnotherBank,
    /// The server is the bank's, but proofs must name another URL. A code sent to this URL would be used up for a
    /// device whose requests are all refused.
    #[error("this bank's public URL is {0}: use that URL")]
    AnotherUrl(HttpUrl),
    /// The storage key is needed.
    #[error("the passbook is locked")]
    Locked,
    /// Nobody is logged in on this device.
    #[error("nobody is logged in on this device, or the session has ended: log in")]
    NotLoggedIn,
    /// The owner has stopped.
    #[error("the device's owner has stopped")]
    Stopped,
    /// The fields are not those of an order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The order cannot be signed.
    #[error("the order cannot be signed: {}", words(.0))]
    Objected(Vec<Objection>),
}

fn words(objections: &[Objection]) -> String {
    let blocking = objections.iter().filter(|objection| objection.blocks());
    let words: Vec<_> = blocking
        .map(|objection| objection.text(Locale::En))
        .collect();
    words.join(" ")
}

/// What the bank's refusal means for a device that wants to stay live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The channel token has expired. The next login or enrolment brings a new one. Stored data stays readable.
    TokenExpired,
    /// The bank no longer accepts this token.
    TokenInvalid,
    /// The device was revoked.
    DeviceRevoked,
    /// The customer stopped everything, on this device or another. Only the bank undoes it.
    CustomerStopped,
    /// Newer streams of the same device replaced this one: another program uses its keys. Connecting again would end
    /// one of those.
    Replaced,
}

impl Ended {
    const fn text(self) -> &'static str {
        match self {
            Self::TokenExpired => "the channel token has expired",
            Self::TokenInvalid => "the channel token is no longer accepted",
            Self::DeviceRevoked => "the device was revoked",
            Self::CustomerStopped => "the customer stopped everything",
            Self::Replaced => "the device has opened newer ones",
        }
    }
}

impl SyncError {
    /// Whether a retry would get the same refusal.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match self {
            Self::Refused(refused) => match refused.code()? {
                ErrorCode::TokenExpired => Some(Ended::TokenExpired),
                ErrorCode::TokenInvalid | ErrorCode::TokenMissing => Some(Ended::TokenInvalid),
                ErrorCode::DeviceRevoked => Some(Ended::DeviceRevoked),
                ErrorCode::CustomerStopped => Some(Ended::CustomerStopped),
                _ => None,
            },
            Self::StreamEnded(ended) => Some(*ended),
            _ => None,
        }
    }

    /// Whether the bank, or a part of it, was unavailable, so that a later retry may succeed.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused(refused) => {
                refused.status >= 500
                    || matches!(refused.status, 408 | TOO_MANY_REQUESTS)
                    // Nodes that restart one after the other: each requires its own nonce.
                    || refused.code() == Some(ErrorCode::UseDpopNonce)
            }
            _ => false,
        }
    }

    /// Whether a retry may succeed: the network failed, a node is overloaded or gone, or an answer was cut off.
    pub(crate) fn is_passing(&self) -> bool {
        self.ended().is_none()
            && (self.is_unavailable() || matches!(self, Self::Refused(_) | Self::Answer))
    }

    /// Whether the bank answers, but accepts no requests of this device for a while.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.status == TOO_MANY_REQUESTS)
    }

    /// How many milliseconds the bank asks to wait, if it does.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused(refused) => refused.retry_after_ms,
            _ => None,
        }
    }

    /// Whether the bank refused with that code.
    #[must_use]
    pub fn is_code(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Refused(refused) if refused.code() == Some(code))
    }
}
