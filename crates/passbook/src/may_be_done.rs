//! What a command cannot say was not done: no answer came, or the answer could not be shown.

use anyhow::Context as _;
use operator::OperatorError;
use terminal::{program, quoted};
use thiserror::Error;

/// The exit status of a command that did, or may have done, what was asked, and could not show it; 1 where nothing was done.
pub(crate) const EXIT_STATUS: u8 = 3;

/// What was or may have been done.
#[derive(Debug, Error)]
#[error("{what}")]
pub(crate) struct MayBeDone {
    what: String,
    /// A line to paste that goes on without doing it twice.
    pub(crate) again: Option<String>,
}

impl MayBeDone {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            again: None,
        }
    }

    pub(crate) fn with_line(self, again: String) -> Self {
        Self {
            again: Some(again),
            ..self
        }
    }
}

/// Tells a request that may have been carried out from one that was not; `told` says what may be done, and how to go on.
pub(crate) fn asked<T>(
    answer: Result<T, OperatorError>,
    told: impl FnOnce() -> MayBeDone,
) -> anyhow::Result<T> {
    match answer {
        Err(error) if error.may_be_done() => Err(anyhow::Error::from(error).context(told())),
        answer => Ok(answer?),
    }
}

/// Shows the answer to what was done; `told` says what that was, for a standard output that cannot be written.
pub(crate) fn shown(
    printed: anyhow::Result<()>,
    told: impl FnOnce() -> MayBeDone,
) -> anyhow::Result<()> {
    printed
        .context("standard output cannot be written")
        .map_err(|error| error.context(told()))
}

/// This command, to be pasted, with more arguments.
pub(crate) fn this_command(more: &[&str]) -> String {
    let given = std::env::args_os().skip(1).map(quoted);
    let more = more.iter().map(quoted);
    let arguments: String = given.chain(more).map(|text| format!(" {text}")).collect();
    program() + &arguments
}
