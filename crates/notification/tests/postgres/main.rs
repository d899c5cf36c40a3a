//! What notification promises, on PostgreSQL. `privacy` is missing: it searches files, and the server's files belong to
//! another user.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#[path = "../it/books.rs"]
mod books;
#[path = "../it/comparing.rs"]
mod comparing;
#[path = "../it/crashes.rs"]
mod crashes;
#[path = "../it/delivery.rs"]
mod delivery;
#[path = "../it/ending.rs"]
mod ending;
mod engine;
#[path = "../it/epochs.rs"]
mod epochs;
#[path = "../it/first_grant.rs"]
mod first_grant;
#[path = "../it/following.rs"]
mod following;
#[path = "../it/gaps.rs"]
mod gaps;
#[path = "../it/keeping.rs"]
mod keeping;
#[path = "../it/lost_generation.rs"]
mod lost_generation;
#[path = "../it/ordering.rs"]
mod ordering;
#[path = "../it/phone.rs"]
mod phone;
#[path = "../it/ports.rs"]
mod ports;
#[path = "../it/rekeying.rs"]
mod rekeying;
#[path = "../it/restore.rs"]
mod restore;
#[path = "../it/snapshots.rs"]
mod snapshots;
#[path = "../it/statements.rs"]
mod statements;
#[path = "../it/succession.rs"]
mod succession;
#[path = "../it/tables.rs"]
mod tables;
#[path = "../it/taking.rs"]
mod taking;
#[path = "../it/unavailable.rs"]
mod unavailable;
#[path = "../it/world.rs"]
mod world;

use engine::location;
