//! Random histories of a whole bank, from a seed: "a device that says complete shows what the ledger has".
//!
//! A [`History`](history::History) is a list of steps: postings, holders that come and go, devices that enrol, catch up
//! or are removed, crashes, backups, and restores of any of the parts to any backup. The steps are the seed's alone; the
//! moments at which threads meet are the machine's. After each step that says so, and at the end, the
//! [`oracle`] compares what devices show with the core bank's ledger. Everything is real but the sockets and the passing
//! of time.
//!
//! `cargo test -p passbook histories` runs the number that CI runs. `PASSBOOK_HISTORIES` sets how many, `PASSBOOK_SEED`
//! the first seed.

mod beginnings;
mod data;
mod ending;
mod history;
mod network;
mod oracle;
mod phone;
mod plan;
mod servers;
mod tests;
mod world;
