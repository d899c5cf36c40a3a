//! The audit record, its hash chain and the verification of the chain.
//!
//! Every security-relevant act writes a record in the act's own database transaction. A record's hash covers the
//! previous record's hash. To change, remove, insert or reorder a record, an attacker has to rewrite all records after
//! it, and anybody who stored an earlier [`AuditHead`] notices.
//!
//! This crate does no I/O. In the transaction of the act, a service reads the newest head from its table ([`SCHEMA`]),
//! links the act to it, and inserts the record, with the SQL statements of this crate.
//!
//! Invariants: records are numbered from 1 without gaps; each record has only one encoding, and that is stored; a
//! record contains ids and words, never a secret.
//!
//! ```
//! use audit::{Act, AuditHead, Subject};
//! use types::Time;
//!
//! let act = Act::new(Time::from_ms(7), "operator", "activation_code.issued")
//!     .about(Subject::new("customer", "1001"))
//!     .with("expires", "1753000000000");
//! let first = AuditHead::START.link(&act);
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
pub use chain::{AuditHead, Broken, BrokenReason, Linked, Record, verify};
pub use statements::{BEFORE, INSERT, NEWEST, READ, SCHEMA, SCHEMA_POSTGRES};
