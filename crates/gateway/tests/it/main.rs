//! The synchronous side: what devices get, and what its edge refuses. No broker anywhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod answers;
mod edge;
mod rig;
