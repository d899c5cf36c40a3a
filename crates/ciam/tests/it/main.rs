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
mod adding;
mod asking_again;
mod attestation;
mod audit_records;
mod bank;
mod calls;
mod enrolment;
mod erasure;
mod file;
mod former_database;
mod http_edge;
mod locking;
mod logins;
mod neighbour;
mod older_copy;
mod openid;
mod outside;
mod own_devices;
mod passkeys;
mod passwords;
mod person;
mod phone;
mod plain_pages;
mod possession;
mod renewal;
mod returning;
mod revocation;
mod secrets;
mod sessions;
mod staff;
mod statement_keys;
mod stopping;
mod stopping_meanwhile;
mod tokens;

use file::{location, records, shown};
