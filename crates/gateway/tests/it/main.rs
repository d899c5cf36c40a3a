//! The synchronous side: the answers that devices get, and the requests that are refused. There is no broker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod answers;
mod edge;
mod rig;
