//! What ciam promises, on PostgreSQL: the tests that do not read an SQLite file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(dead_code, reason = "some of what tests share is for files")]

#[path = "../it/activation_codes.rs"]
mod activation_codes;
#[path = "../it/adding.rs"]
mod adding;
#[path = "../it/asking_again.rs"]
mod asking_again;
#[path = "../it/bank.rs"]
mod bank;
#[path = "../it/calls.rs"]
mod calls;
#[path = "../it/enrolment.rs"]
mod enrolment;
#[path = "../it/erasure.rs"]
mod erasure;
#[path = "../it/http_edge.rs"]
mod http_edge;
#[path = "../it/locking.rs"]
mod locking;
#[path = "../it/logins.rs"]
mod logins;
#[path = "../it/neighbour.rs"]
mod neighbour;
#[path = "../it/openid/mod.rs"]
mod openid;
#[path = "../it/outside/mod.rs"]
mod outside;
#[path = "../it/own_devices.rs"]
mod own_devices;
#[path = "../it/passkeys.rs"]
mod passkeys;
#[path = "../it/passwords.rs"]
mod passwords;
#[path = "../it/person.rs"]
mod person;
#[path = "../it/phone.rs"]
mod phone;
#[path = "../it/possession.rs"]
mod possession;
#[path = "../it/renewal.rs"]
mod renewal;
#[path = "../it/returning.rs"]
mod returning;
#[path = "../it/revocation.rs"]
mod revocation;
#[path = "../it/sessions.rs"]
mod sessions;
#[path = "../it/staff/mod.rs"]
mod staff;
#[path = "../it/stopping.rs"]
mod stopping;
#[path = "../it/tokens.rs"]
mod tokens;

use database::Location;
use std::path::Path;
use testkit::postgres::{PostgresServer, schema_of};

/// The schema that replaces the file.
fn location(file: &Path) -> Location {
    let url = PostgresServer::shared().url().parse().unwrap();
    Location::schema(&url, &schema_of(file))
}

/// The rows of a statement as text, one line per row.
fn shown(file: &Path, statement: &str) -> String {
    PostgresServer::shared().query(&schema_of(file), statement)
}

/// The audit records, oldest first.
fn records(file: &Path) -> Vec<Vec<u8>> {
    let records = shown(file, "SELECT record FROM audit ORDER BY number");
    let decode = |record: &str| types::hex::decode(record.trim_start_matches("\\x")).unwrap();
    records.lines().map(decode).collect()
}
