//! What the bank signs and seals, and how devices verify and open it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that panics has failed"
)]

#[path = "../../../protocol/tests/it/accept.rs"]
mod accept;
mod attestation_challenge;
mod bank;
mod chain;
mod enrolment2;
mod fixtures;
#[path = "../../../protocol/tests/it/golden.rs"]
mod golden;
mod negative;
mod snapshot2;
mod statements;
mod vectors;
