//! The promises of the sandbox bank, which every core bank must make.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod answers;
mod bank;
mod booking;
mod conformance;
mod former_database;
mod generated;
mod incarnation;
mod measurement;
mod moving_clock;
mod operator_directory;
mod operator_edge;
mod orders;
mod real_data;
mod relaying;
mod soap;

use bank::{account, customer, czk, empty, holder, open, order, small, subject};
use database::Location;
use std::path::Path;

/// Histories of orders.
const HISTORIES: u64 = 10_000;

/// Where the database is.
fn location(file: &Path) -> Location {
    file.into()
}
