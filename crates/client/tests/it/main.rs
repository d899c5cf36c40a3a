//! The app's core against a simulated bank, through a scripted network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod adversary;
mod arrangements;
mod bank;
mod brakes;
mod cancelled;
mod challenges;
mod channel;
mod clocks;
mod enrolment;
mod fees;
mod generation;
mod grants;
mod interleaving;
mod limits;
mod live;
mod making;
mod measurement;
mod network;
mod nonces;
mod offline;
mod order_answers;
mod order_owner;
mod order_reviews;
mod orders;
mod orders_bank;
mod owner;
mod owners_of_a_store;
mod persons;
mod persons_bank;
mod phone;
mod projection;
mod renewal;
mod restored;
mod rolled_back;
mod services;
mod size;
mod snapshots;
mod statements;
mod stores;
mod vouchers;
