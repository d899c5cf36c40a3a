//! Channel tokens, proofs and nonces: the acceptance vectors, and further cases that are refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

#[path = "../../../protocol/tests/it/accept.rs"]
mod accept;
mod access_token;
mod channel_token;
mod clients;
mod dpop;
mod fixtures;
#[path = "../../../protocol/tests/it/golden.rs"]
mod golden;
mod jwks;
mod vectors;
