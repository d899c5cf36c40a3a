//! The edge: who is let through, what is refused and how, and how a listener ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod bodies;
mod cors;
mod device_guard;
mod listener;
mod listening;
mod removed_devices;
mod tls;
