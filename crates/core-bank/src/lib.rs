//! The port to a core bank: what notification and gateway ask of the bank's books.
//!
//! A core bank commits each fact about a subject (an account or a customer) together with its event. The event has a [`Sequence`],
//! which counts 1, 2, 3 … per subject without gaps, and the holders as of that transaction. The core bank's relay sends
//! events by itself. This port is for a caller that missed events, starts anew, or compares; and for orders.
//!
//! Invariants of every core bank:
//! - The books have an incarnation. They get a new one whenever they are created or restored from an older copy. Within
//!   one incarnation an event never changes: its encoding is the same, byte for byte, whenever it is read.
//! - `holder.added` names the new holder among its holders, and `holder.removed` still names the holder who leaves. So
//!   a holder receives the events from their `holder.added` to their `holder.removed`, both included.
//! - An event about a customer has that customer as its only holder, with the role of an owner.
//! - Every answer contains only committed facts and is one consistent read.
//! - An order is executed once or refused once, however often it is placed. Each step of it is committed together with
//!   the events about the customer that report it.
//! - Within one incarnation, the booked entries of an account up to a given number never change.
//!
//! ```
//! use core_bank::{CoreBank, CoreBankError, EVENTS_MAX, HeadsCursor};
//! use types::{Sequence, SubjectId};
//!
//! /// Every event of `subject` after `seen`.
//! async fn catch_up(bank: &dyn CoreBank, subject: &SubjectId, mut seen: Sequence) -> Result<usize, CoreBankError> {
//!     let mut count = 0;
//!     loop {
//!         let events = bank.events_after(subject, seen, EVENTS_MAX).await?;
//!         let Some((_, newest)) = events.last().and_then(|event| event.subject().ok()) else { return Ok(count) };
//!         seen = newest;
//!         count += events.len();
//!     }
//! }
//! ```
//!
//! [`Sequence`]: types::Sequence

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod orders;
mod port;
mod snapshot;

pub use error::CoreBankError;
pub use orders::{OrderState, PayeeCheck, Placing, Target};
pub use port::{
    CoreBank, EVENTS_MAX, HEADS_MAX, HISTORY_MAX, Heads, HeadsCursor, SUBJECTS_MAX, SubjectHead,
};
pub use snapshot::{AccountSnapshot, Arrangement, CustomerSnapshot, History, entry_hash};
