//! Random histories of a whole bank, from a seed. The property: a device that claims completeness shows the ledger.
//!
//! A [`History`](history::History) is a list of steps: postings, orders, changes of holders, devices that enrol, catch up or
//! are revoked, crashes, backups, and restores of any part from any backup. The seed determines the steps; the machine
//! determines the interleaving of threads. After each checking step, and at the end, the [`oracle`] compares what
//! devices show with the core bank's ledger. Everything is real except sockets and the passing of time.
//!
//! `cargo test -p passbook histories` runs as many histories as CI does. `PASSBOOK_HISTORIES` sets the number,
//! `PASSBOOK_SEED` the first seed.

mod arranged;
mod beginnings;
mod data;
mod ending;
mod history;
mod network;
mod oracle;
mod ordering;
mod phone;
mod plan;
mod servers;
mod tests;
mod world;
