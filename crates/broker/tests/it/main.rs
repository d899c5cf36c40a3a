//! The broker on the embedded log: publishing, pulling, following, and what its edge refuses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod behind;
mod edge;
mod joined_live;
mod publish;
mod pull;
mod rig;
mod slow_reader;
mod stream;
mod stream_end;
mod unavailable;
