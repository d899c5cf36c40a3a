//! The binary as its users meet it: processes, their arguments and what they print.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod backup;
mod bank;
mod certificate;
mod data_directory;
mod device_directory;
mod entry_tracing;
mod flood;
mod logging;
mod many_accounts;
mod may_be_done;
mod metrics;
mod missing_parts;
mod on_postgres;
mod public_url;
mod refusals;
mod replay;
mod replay_ended;
mod replay_input;
mod restored_bank;
mod restored_ciam;
mod rotated_keys;
mod sandbox;
mod shutdown;
mod status;
