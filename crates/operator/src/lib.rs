//! A bank's data directory, the client of its operator's routes, and the authority for its services' certificates.

pub mod authority;
mod client;
mod data_directory;
mod database_url;

pub use client::{Operator, OperatorError, insist};
pub use data_directory::{DataDirectory, Side};
pub use database_url::{Database, DatabaseUrl};
