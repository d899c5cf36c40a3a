//! The edge: who is let through, what is refused and how, and how a listener ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod admission;
mod bodies;
mod client_guard;
mod cors;
mod device_guard;
mod idle;
mod listener;
mod listening;
mod proxies;
mod removed_devices;
mod strangers;
mod tls;
