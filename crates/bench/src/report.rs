//! What a measurement prints at its end.

use crate::scratch::Scratch;
use anyhow::Context as _;
use serde::Serialize;
use std::process::ExitCode;
use terminal::{Signalled, ending, json_line, until};

/// Measures in a temporary directory, which is removed afterwards, and prints the report.
pub(crate) async fn measured<R: Serialize>(
    (prefix, json): (&str, bool),
    measure: impl AsyncFnOnce(&Scratch) -> anyhow::Result<R>,
    tell: impl FnOnce(&R) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let ending = ending().context("no signals can be waited for")?;
    let scratch = Scratch::temporary(prefix)?;
    let measured = until(ending, measure(&scratch)).await;
    scratch.remove().await;
    print(measured, json, tell)
}

/// A report that says whether the bank does what it must.
pub(crate) trait Verdict: Serialize {
    /// What the bank does not do.
    fn shortfall(&self) -> Option<String>;
}

/// The same as [`measured`]. Fails after the report if it shows that the bank does not do what it must.
pub(crate) async fn judged<R: Verdict>(
    how: (&str, bool),
    measure: impl AsyncFnOnce(&Scratch) -> anyhow::Result<R>,
    tell: impl FnOnce(&R) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let mut shortfall = None;
    let measure = async |scratch: &Scratch| {
        let report = measure(scratch).await?;
        shortfall = report.shortfall();
        anyhow::Ok(report)
    };
    let code = measured(how, measure, tell).await?;
    match shortfall {
        Some(shortfall) => anyhow::bail!(shortfall),
        None => Ok(code),
    }
}

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
