//! The bank's staff: who they are, how they log in, and what they do to customers, alone or as one of two.
//!
//! Invariants: the bank's policies decide about each act in the transaction that does it. Nobody approves what they
//! proposed. A proposal is answered once, in the transaction that does what was approved.

mod acting;
mod activation;
mod answering;
mod carrying_out;
mod errors;
mod judging;
mod login;
mod looking;
mod proposals;
mod reopening;
mod session;
mod settings;

pub use errors::StaffError;
pub use reopening::reopen_staff;
pub(crate) use session::Caller;
pub use settings::StaffSettings;
