//! The embedded queue, on the log that it has in production.

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
