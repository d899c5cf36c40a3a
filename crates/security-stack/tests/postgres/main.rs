//! The door over real TLS, on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "in tests a panic is the failure, and certificates need the system's clock"
)]

#[path = "../it/attacks.rs"]
mod attacks;
#[path = "../it/door.rs"]
mod door;
#[path = "../it/keys.rs"]
mod keys;
#[path = "../it/review.rs"]
mod review;

use database::Location;
use std::path::Path;
use testkit::postgres::{PostgresServer, schema_of};

/// The schema that stands for the file.
fn location(file: &Path) -> Location {
    let url = PostgresServer::shared().url().parse().unwrap();
    Location::schema(&url, &schema_of(file))
}
