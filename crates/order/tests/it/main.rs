//! Orders, intents, vouchers, signatures, limits and outcomes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that panics has failed"
)]

#[allow(dead_code, reason = "this crate reads another file of the vectors")]
#[path = "../../../protocol/tests/it/accept.rs"]
mod accept;
mod assertions;
mod challenges;
mod distinct;
mod fixtures;
#[path = "../../../protocol/tests/it/golden.rs"]
mod golden;
mod limits;
mod negative;
mod orders;
mod outcomes;
mod signed;
mod statements;
mod vectors;
