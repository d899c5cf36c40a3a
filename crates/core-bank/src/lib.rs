//! The port to a core bank: what the rest of the house asks of the books.
//!
//! A core bank commits each fact about a subject (an account) together with its event: a [`Sequence`] that counts 1, 2,
//! 3 … without gaps per subject, and the holders as of that transaction. It sends events out by itself, through its
//! relay; this port is for whoever missed some, starts anew, or compares.
//!
//! Invariants that every core bank holds:
//! - The books have an incarnation, and a new one whenever they are created or put back to an older state. Within one
//!   incarnation an event never changes: asked for again it is the same, to the byte of its encoding.
//! - `holder.added` names the new holder among its holders; `holder.removed` still names the one who leaves: a holder's
//!   events are those from their `holder.added` to their `holder.removed`, both included.
//! - What is answered is committed, and each answer is one consistent read.
//! - Within one incarnation of the books the booked entries of an account through a number are the same whenever they are
//!   read.
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

mod error;
mod port;
mod snapshot;

pub use error::CoreBankError;
pub use port::{
    CoreBank, EVENTS_MAX, HEADS_MAX, HISTORY_MAX, Heads, HeadsCursor, SUBJECTS_MAX, SubjectHead,
};
pub use snapshot::{AccountState, CustomerSnapshot, History, entry_hash};
