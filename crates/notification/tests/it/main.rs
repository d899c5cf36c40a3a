//! What notification promises. The core bank, pub/sub, broker, logs and vault around it are real. The devices trust
//! only the root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

mod books;
mod comparing;
mod crashes;
mod delivery;
mod ending;
mod engine;
mod epochs;
mod first_grant;
mod following;
mod gaps;
mod keeping;
mod lost_generation;
mod measurement;
mod ordering;
mod phone;
mod plans;
mod ports;
mod privacy;
mod rekeying;
mod restore;
mod snapshots;
mod statements;
mod succession;
mod tables;
mod taking;
mod unavailable;
mod world;

use engine::location;
