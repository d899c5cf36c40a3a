//! Where a bank keeps its data, and how its operator asks it.

mod client;
mod data_directory;
mod database_url;

pub use client::{Operator, OperatorError, insist};
pub use data_directory::DataDirectory;
pub use database_url::{Database, DatabaseUrl};
