//! A bank's data directory, and the client of its operator's routes.

mod client;
mod data_directory;
mod database_url;

pub use client::{Operator, OperatorError, insist};
pub use data_directory::{DataDirectory, Side};
pub use database_url::{Database, DatabaseUrl};
