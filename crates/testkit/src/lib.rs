//! Code that tests of several crates share, and the checks of the repository's rules.
//!
//! [`devices`] has devices with tokens and proofs, and an issuer for them. [`credentials`] checks what every route for
//! devices must refuse. [`Logged`] captures the log of a test.
//! [`postgres`] runs a PostgreSQL server, [`chromium`] a browser.
//!
//! `tests/floors.rs` refuses a dependency between crates that goes up or sideways: see `ARCHITECTURE.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

pub mod chromium;
pub mod credentials;
pub mod devices;
mod http_client;
mod logged;
pub mod postgres;

pub use http_client::{
    http_client, http_client_builder, http_client_from, http_client_trusting,
    http_client_without_redirects,
};
pub use logged::Logged;
