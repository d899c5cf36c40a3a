//! Three ways in which an engine does not do what it was asked.

use std::sync::Arc;
use thiserror::Error;

/// The engine has stopped for good and says why: a failed fsync, a damaged block, or that it was closed. The process
/// has to end; the next start recovers from the disk.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the log has stopped: {0}")]
pub struct Stopped(Arc<str>);

/// The engine cannot be asked now, and says why: its servers do not answer, or elect a leader. What was asked was not
/// done. Ask again after a pause; the process goes on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the log is unavailable: {0}")]
pub struct Unavailable(Arc<str>);

/// The engine did not answer in time, or the connection broke before its answer. What was asked was done, is still to
/// be done, or never will be. Ask the same again, with identical bytes, until there is another answer: every method may
/// be asked twice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("whether the log did it is unknown: {0}")]
pub struct OutcomeUnknown(Arc<str>);

macro_rules! with_a_reason {
    ($($name:ident),+) => {
        $(impl $name {
            /// With the reason, for operators.
            #[must_use]
            pub fn new(reason: &str) -> Self {
                Self(reason.into())
            }
        })+
    };
}

with_a_reason!(Stopped, Unavailable, OutcomeUnknown);
