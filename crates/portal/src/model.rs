//! What the views show: plain values that travel between the core and the page.
//!
//! The core makes them from the client's types. Texts in them are data of the customer, or words of the bank in the
//! language that was asked for; the views add everything else.

mod account;
mod amount;
mod entry;
mod failure;
mod order;
mod security;

pub use account::{Account, Connection, Home};
pub use amount::Amount;
pub use entry::{Entry, EntryPage, EntryState, Month};
pub use failure::Failure;
pub use order::{
    Allowance, Draft, Initiation, Objection, Order, Payee, PendingOrder, Review, StandingOrder,
};
pub use security::{Device, Lock, Unlocked};
