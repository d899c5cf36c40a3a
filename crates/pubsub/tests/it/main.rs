//! The embedded queue, on the same log as in production.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod acknowledging;
mod delivering;
mod publishing;
mod support;
mod unavailable;
