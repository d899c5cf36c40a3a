//! The binary as its users meet it: processes, their arguments and what they print.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod bank;
mod data_directory;
mod refusals;
mod replay;
mod restored_ciam;
mod sandbox;
