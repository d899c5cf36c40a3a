//! What the tools print on standard output.

use serde::Serialize;
use std::fmt;
use std::io::Write as _;

/// A line for a person.
pub(crate) fn line(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// One JSON object on a line, for a machine.
pub(crate) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string(value)?;
    line(format_args!("{text}"))
}

/// How this program was called, for lines to copy.
pub(crate) fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "passbook".into())
}
