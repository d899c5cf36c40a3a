//! What a measurement prints at its end.

use serde::Serialize;
use std::process::ExitCode;
use terminal::{Signalled, json_line};

/// Prints the report, as JSON or as `tell` writes it for people. Prints none if a signal ended the measurement.
pub(crate) fn print<R: Serialize>(
    measured: Result<anyhow::Result<R>, Signalled>,
    json: bool,
    tell: impl FnOnce(&R) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let report = match measured {
        Ok(report) => report?,
        Err(signalled) => return Ok(signalled.exit_code()),
    };
    if json {
        json_line(&report)?;
    } else {
        tell(&report)?;
    }
    Ok(ExitCode::SUCCESS)
}
