//! Registrations and assertions: the published vectors, and answers that differ in one thing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

mod published;
mod registration;
mod software;
