//! Three ways in which an engine fails to execute a request.

use std::sync::Arc;
use thiserror::Error;

/// The engine has stopped for good, with the reason: a failed fsync, a damaged block, or a close. The process must end.
/// The next start recovers from the disk.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the log has stopped: {0}")]
pub struct Stopped(Arc<str>);

/// The engine is unavailable now, with the reason: its servers do not answer, or elect a leader. The request was not
/// executed. Retry after a pause; the process continues.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the log is unavailable: {0}")]
pub struct Unavailable(Arc<str>);

/// The engine did not answer in time, or the connection broke before its answer. The request was executed, will be
/// executed, or never will be. Repeat the same request, with identical bytes, until there is another answer. Every
/// method may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("whether the log did it is unknown: {0}")]
pub struct OutcomeUnknown(Arc<str>);

macro_rules! with_a_reason {
    ($($name:ident),+) => {
        $(impl $name {
            /// Makes the error with its reason, for operators.
            #[must_use]
            pub fn new(reason: &str) -> Self {
                Self(reason.into())
            }
        })+
    };
}

with_a_reason!(Stopped, Unavailable, OutcomeUnknown);
