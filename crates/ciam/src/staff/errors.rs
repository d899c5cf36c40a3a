//! Why the staff is refused.

use crate::calls::CallError;
use crate::erasure::EraseError;
use crate::errors::{Failure, IssueCodeError, ResumeError, RevokeError};
use database::DatabaseError;
use thiserror::Error;
use token::DpopError;
use types::{ErrorCode, Time};
use webauthn::RegistrationError;

/// Why somebody of the staff is refused.
#[derive(Debug, Error)]
pub enum StaffError {
    /// The proof is missing.
    #[error("a DPoP proof is needed")]
    ProofMissing,
    /// The proof is not good for this request.
    #[error("the proof is refused")]
    NotProven(#[source] DpopError),
    /// The proof was used before.
    #[error("the proof was used before")]
    ProofReplayed,
    /// There is no such session, it has ended, or the member's access has.
    #[error("the session has ended")]
    SessionEnded,
    /// The policies do not let the member's roles do it.
    #[error("the bank's policies do not permit it")]
    Forbidden,
    /// Who proposed it may not any more.
    #[error("who proposed it may not do it any more")]
    ProposerForbidden,
    /// A part of the request is no good.
    #[error("{0}")]
    Malformed(&'static str),
    /// The activation code is wrong, was used, or has expired.
    #[error("the activation code is not good")]
    CodeInvalid,
    /// The challenge is too old, was answered already, or was not given for this.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// The new passkey fails a check.
    #[error("the passkey's registration is refused: {}", .0.reason())]
    NotVerified(#[source] RegistrationError),
    /// The key or the passkey is another member's already.
    #[error("the session key or the passkey is registered already")]
    Conflict,
    /// The passkey is not the member's, or its answer is not valid, or the member's access has ended.
    #[error("the login was not accepted")]
    LoginRefused,
    /// Too many logins were refused before.
    #[error("too many logins were refused")]
    Locked {
        /// When the next login is judged.
        until: Time,
        /// The time now.
        now: Time,
    },
    /// The bank has an administrator.
    #[error("the bank has an administrator")]
    StaffExists,
    /// There is no such member.
    #[error("the bank has no such member of the staff")]
    StaffUnknown,
    /// Nobody could make staff any more.
    #[error("it is the last administrator")]
    LastAdministrator,
    /// There is no such proposal.
    #[error("there is no such proposal")]
    ProposalUnknown,
    /// Somebody answered the proposal, or it expired.
    #[error("the proposal was answered, or has expired")]
    ProposalAnswered,
    /// Nobody approves what they proposed.
    #[error("it is the member's own proposal")]
    OwnProposal,
    /// The code was not issued.
    #[error(transparent)]
    NotIssued(#[from] IssueCodeError),
    /// The device was not revoked, or that could not be confirmed.
    #[error(transparent)]
    NotRevoked(#[from] RevokeError),
    /// The stop was not ended, or that could not be confirmed.
    #[error(transparent)]
    NotResumed(#[from] ResumeError),
    /// The call was not announced.
    #[error(transparent)]
    NotCalled(#[from] CallError),
    /// The erasure is not complete.
    #[error(transparent)]
    NotErased(#[from] EraseError),
    /// The customer has nothing at ciam.
    #[error("ciam knows no such customer")]
    CustomerUnknown,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl StaffError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ProofMissing => ErrorCode::ProofMissing,
            Self::NotProven(DpopError::NonceMissing | DpopError::Nonce(_)) => {
                ErrorCode::UseDpopNonce
            }
            Self::NotProven(_) => ErrorCode::ProofInvalid,
            Self::ProofReplayed => ErrorCode::ProofReplayed,
            Self::SessionEnded => ErrorCode::StaffSessionEnded,
            Self::Forbidden | Self::ProposerForbidden => ErrorCode::StaffForbidden,
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::CodeInvalid => ErrorCode::StaffCodeInvalid,
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::NotVerified(_) => ErrorCode::PasskeyInvalid,
            Self::Conflict => ErrorCode::PasskeyConflict,
            Self::LoginRefused => ErrorCode::LoginRefused,
            Self::Locked { .. } => ErrorCode::LoginLocked,
            Self::StaffExists => ErrorCode::StaffExists,
            Self::StaffUnknown => ErrorCode::StaffUnknown,
            Self::LastAdministrator => ErrorCode::LastAdministrator,
            Self::ProposalUnknown => ErrorCode::ProposalUnknown,
            Self::ProposalAnswered => ErrorCode::ProposalAnswered,
            Self::OwnProposal => ErrorCode::OwnProposal,
            Self::NotIssued(error) => error.code(),
            Self::NotRevoked(error) => error.code(),
            Self::NotResumed(error) => error.code(),
            Self::NotCalled(error) => error.code(),
            Self::NotErased(error) => error.code(),
            Self::CustomerUnknown => ErrorCode::CustomerUnknown,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for StaffError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}
