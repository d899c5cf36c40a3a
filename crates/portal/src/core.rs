//! The core: the client in a worker, for all tabs.
//!
//! Each tab has a worker. The one that has the store's lease leads: it keeps the device live and answers the questions of
//! all tabs. The others pass their page's questions on, and wait for the lease: when the leader ends, however it ends, the
//! next one opens the device from the store and answers what was asked since.

mod answering;
mod entries;
mod failures;
mod opened;
mod person;
mod prompts;
mod shown;
mod tabs;
mod worker;

pub(crate) use failures::{of_browser, of_open, of_sync, of_vault};
pub(crate) use shown::home;
pub(crate) use worker::{DATABASE, start};
