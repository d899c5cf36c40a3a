//! Passkeys that a real Chromium makes, with its virtual authenticators: what ciam makes of registrations and logins, and
//! what gateway's verification makes of assertions that approve an order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(dead_code, reason = "some of what tests share is for other tests")]

#[path = "../it/openid/app.rs"]
mod app;
#[path = "../it/bank.rs"]
mod bank;
#[path = "../it/file.rs"]
mod file;
#[path = "../it/neighbour.rs"]
mod neighbour;
#[path = "../it/person.rs"]
mod person;
#[path = "../it/phone.rs"]
mod phone;

mod accepted;
mod algorithms;
mod browser;
mod desk;
mod elsewhere;
mod flags;
mod for_a_client;
mod ordering;
mod site;
mod user;

use file::{location, records, shown};
