//! `passbook openapi`: the API document of the public listener.

use crate::wiring::document;
use terminal::line;

/// Prints the document.
pub(crate) fn openapi() -> anyhow::Result<()> {
    line(format_args!("{}", document().to_pretty_json()?))
}
