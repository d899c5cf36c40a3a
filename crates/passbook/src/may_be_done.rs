//! Results of commands that may have been executed: no answer came, or the answer could not be shown.

use anyhow::Context as _;
use operator::OperatorError;
use terminal::{program, quoted};
use thiserror::Error;

/// The exit status of a command that was or may have been executed and could not show it. 1 if nothing was executed.
pub(crate) const EXIT_STATUS: u8 = 3;

/// The action that was or may have been executed.
#[derive(Debug, Error)]
#[error("{what}")]
pub(crate) struct MayBeDone {
    what: String,
    /// A command to paste that continues without executing the action twice.
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

/// Distinguishes a request that may have been executed from one that was not. `told` describes the action and how to
/// continue.
pub(crate) fn asked<T>(
    answer: Result<T, OperatorError>,
    told: impl FnOnce() -> MayBeDone,
) -> anyhow::Result<T> {
    match answer {
        Err(error) if error.may_be_done() => Err(anyhow::Error::from(error).context(told())),
        answer => Ok(answer?),
    }
}

/// Prints the result of an action. `told` describes the action, in case standard output cannot be written.
pub(crate) fn shown(
    printed: anyhow::Result<()>,
    told: impl FnOnce() -> MayBeDone,
) -> anyhow::Result<()> {
    printed
        .context("standard output cannot be written")
        .map_err(|error| error.context(told()))
}

/// This command with additional arguments, to be pasted.
pub(crate) fn this_command(more: &[&str]) -> String {
    let given = std::env::args_os().skip(1).map(quoted);
    let more = more.iter().map(quoted);
    let arguments: String = given.chain(more).map(|text| format!(" {text}")).collect();
    program() + &arguments
}
