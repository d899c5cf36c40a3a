//! The door over real TLS.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "in tests a panic is the failure, and certificates need the system's clock"
)]

mod at_rest;
mod attacks;
mod door;
mod keys;
mod malformed;
mod review;

use database::Location;
use std::path::Path;

/// The file itself.
fn location(file: &Path) -> Location {
    file.into()
}
