//! The audit record, its hash chain and its verification.
//!
//! Every security-relevant act writes a record in the act's own database transaction. A record's hash covers the hash of
//! the record before, so that whoever changes, removes, inserts or reorders one has to make all that follow anew, and
//! whoever kept an earlier [`Head`] notices.
//!
//! Pure: a service reads the newest head from its table [`SCHEMA`], links the act to it, and inserts what comes out, with
//! the statements given here, all in the transaction of the act itself.
//!
//! Invariants: records are numbered from 1 without gaps; what is stored is the record's one encoding; a record holds ids
//! and words, never a secret.
//!
//! ```
//! use audit::{Act, Head, Subject};
//! use types::Time;
//!
//! let act = Act::new(Time::from_ms(7), "operator", "activation_code.issued")
//!     .about(Subject::new("customer", "1001"))
//!     .with("expires", "1753000000000");
//! let first = Head::START.link(&act);
//! let second = first.head().link(&Act::new(Time::from_ms(8), "operator", "device.revoked"));
//!
//! let stored = [first.bytes(), second.bytes()];
//! assert_eq!(audit::verify(stored).unwrap(), second.head());
//! let broken = audit::verify([second.bytes()]).unwrap_err();
//! assert_eq!(broken.number, 1);
//! ```

mod act;
mod chain;
mod statements;

pub use act::{Act, Subject};
pub use chain::{Broken, BrokenReason, Head, Linked, Record, verify};
pub use statements::{INSERT, NEWEST, READ, SCHEMA};
