//! The port to a core bank over HTTP with JSON.
//!
//! Both sides are here, so that they agree on every word: [`RestBank`] is the port, as notification and gateway see it, and
//! [`routes`] serves any core bank by it. Each call is a POST of an object to a path of its own, so that no address has a
//! customer's or an account's number. Events and entries travel in their own encoding (CBOR, base64url), because their bytes are what is
//! hashed.
//!
//! Invariants: one connection carries all calls (HTTP/2). A package has its header only if the bank is behind a security stack
//! ([`Packages`]); then an answer counts only if it comes from the bank's address and its MAC fits the package.
//! An answer that cannot be read is [`Unavailable`](core_bank::CoreBankError::Unavailable): what was asked may have been done.

mod bank;
mod books;
mod connection;
mod operation;
mod orders;
mod packages;
mod problem;
mod routes;

pub use bank::RestBank;
pub use connection::Connection;
pub use operation::{ALL_CALLS, Malformed, NOTIFICATION_CALLS, SERVICE_BROKER_CALLS, concerned};
pub use packages::{CurrentKey, Packages};
pub use routes::routes;
