//! The embedded log: the suite that every engine passes, and the promises that only this engine makes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]

mod background;
mod bounds;
mod conformance;
mod copying;
mod damage;
mod dormant;
mod failed_sync;
mod golden;
mod kill;
mod power_loss;
mod retention;
mod simulated_disk;
mod support;
mod torn_tail;
