//! What tests of several crates share, and the checks of the house itself.
//!
//! [`devices`] has devices with their tokens and proofs, and an issuer for them; [`credentials`] what every route for
//! devices refuses; [`Logged`] what was logged meanwhile.
//!
//! `tests/floors.rs` refuses an arrow between crates that goes upward or sideways: see `ARCHITECTURE.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

pub mod credentials;
pub mod devices;
mod http_client;
mod logged;

pub use http_client::{http_client, http_client_from, http_client_trusting};
pub use logged::Logged;
