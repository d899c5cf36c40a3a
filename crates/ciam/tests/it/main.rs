//! What ciam promises, with a real database, a real vault and software phones. The other services are stood in for by
//! one that records what it is asked, and verifies every device statement as notification does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

mod activation_codes;
mod asking_again;
mod audit_records;
mod bank;
mod enrolment;
mod erasure;
mod former_database;
mod http_edge;
mod locking;
mod logins;
mod neighbour;
mod older_copy;
mod passkeys;
mod person;
mod phone;
mod possession;
mod renewal;
mod returning;
mod revocation;
mod secrets;
mod sessions;
mod statement_keys;
mod stopping;
mod stopping_meanwhile;
mod tokens;

use database::Location;
use std::path::Path;

/// The location of the database.
fn location(file: &Path) -> Location {
    file.into()
}

/// The rows of a statement as text, one line per row.
fn shown(file: &Path, statement: &str) -> String {
    let rows = bank::query(file, statement);
    rows.iter().map(|row| format!("{row:?}\n")).collect()
}

/// The audit records, oldest first.
fn records(file: &Path) -> Vec<Vec<u8>> {
    let rows = bank::query(file, "SELECT record FROM audit ORDER BY number");
    let record = |row: Vec<rusqlite::types::Value>| match row.into_iter().next() {
        Some(rusqlite::types::Value::Blob(bytes)) => bytes,
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(record).collect()
}
