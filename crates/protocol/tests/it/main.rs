//! The codecs of the formats.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod accept;
mod brakes;
mod cbor;
mod cloud_event;
mod entries;
mod errors_page;
mod fixtures;
mod golden;
mod http;
mod live;
mod message;
mod passkeys;
mod vectors;
