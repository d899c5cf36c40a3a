//! Follows a channel's key epoch from message to message.

use crate::encrypt0::epoch_of;
use protocol::{Message, MessageKind, ParseError, Rekey};
use thiserror::Error;
use types::KeyEpoch;

/// Why a message does not fit the channel's key epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EpochError {
    /// The body does not parse.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A rekey's epoch is not newer than the current one.
    #[error("the epoch does not grow")]
    DoesNotGrow,
    /// An entry is sealed under an epoch other than the current one.
    #[error("sealed under another key epoch")]
    AnotherEpoch,
    /// The body was removed.
    #[error("a hole")]
    Hole,
}

impl EpochError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Parse(cause) => cause.reason(),
            Self::DoesNotGrow => "epoch_does_not_grow",
            Self::AnotherEpoch => "another_epoch",
            Self::Hole => "hole_without_reason",
        }
    }
}

/// The key epoch after `message`, if the epoch before it is `current`. A rekey must have a newer epoch; an entry must
/// be sealed under the current one.
pub fn follow_epoch(current: KeyEpoch, message: &Message) -> Result<KeyEpoch, EpochError> {
    let body = message.body.bytes().ok_or(EpochError::Hole)?;
    match message.kind {
        MessageKind::Rekey => {
            let epoch = Rekey::parse(body)?.epoch;
            if epoch > current {
                Ok(epoch)
            } else {
                Err(EpochError::DoesNotGrow)
            }
        }
        MessageKind::Entry if epoch_of(body)? != current => Err(EpochError::AnotherEpoch),
        MessageKind::Entry | MessageKind::Announcement => Ok(current),
    }
}
