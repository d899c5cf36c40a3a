//! Channel tokens, proofs and nonces: the acceptance vectors, and what else is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

#[path = "../../../protocol/tests/it/accept.rs"]
mod accept;
mod channel_token;
mod dpop;
mod fixtures;
#[path = "../../../protocol/tests/it/golden.rs"]
mod golden;
mod jwks;
mod vectors;
