//! What the sandbox bank promises, on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../it/answers.rs"]
mod answers;
#[path = "../it/bank.rs"]
mod bank;
#[path = "../it/booking.rs"]
mod booking;
#[path = "../it/conformance.rs"]
mod conformance;
#[path = "../it/former_database.rs"]
mod former_database;
#[path = "../it/generated.rs"]
mod generated;
#[path = "../it/moving_clock.rs"]
mod moving_clock;
#[path = "../it/operator_directory.rs"]
mod operator_directory;
#[path = "../it/operator_edge.rs"]
mod operator_edge;
#[path = "../it/orders/mod.rs"]
mod orders;
#[path = "../it/relaying.rs"]
mod relaying;
#[path = "../it/soap/mod.rs"]
mod soap;

use bank::{account, customer, czk, empty, holder, open, order, small, subject};
use database::Location;
use std::path::Path;
use testkit::postgres::{PostgresServer, schema_of};

/// Histories of orders, each of which takes many transactions of the server.
const HISTORIES: u64 = 100;

/// The schema that stands for the file.
fn location(file: &Path) -> Location {
    let url = PostgresServer::shared().url().parse().unwrap();
    Location::schema(&url, &schema_of(file))
}
