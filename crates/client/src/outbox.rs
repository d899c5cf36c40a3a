//! The outbox: the orders that this device signed, from the moment of signing until the bank has answered, and after.
//!
//! An order is reviewed ([`Review`]), then signed and stored in one commit that also spends its voucher. Only then it is
//! sent, with the same id and bytes however often, until the bank has answered. What became of it comes as an entry,
//! or as the answer to a question. Orders do not depend on each other. Everything here is sealed under the storage key.

mod answers;
mod approving;
mod asked;
mod attempt;
mod braking;
mod calls;
mod challenge;
mod collection;
mod fees;
mod filing;
mod freezes;
mod limits;
mod objection;
mod outgoing;
mod pending;
mod plan;
mod progress;
mod refusal;
mod review;
mod sending;
mod shown_order;
mod stated_fees;
mod stated_limits;
mod submitting;
mod targets;
mod vouchers;

pub use challenge::Challenge;
pub use fees::fee_text;
pub use objection::Objection;
pub use refusal::Refusal;
pub use review::Review;
pub use shown_order::{Arranged, OrderState, ShownOrder};
pub use vouchers::Allowance;

pub(crate) use collection::Outbox;
pub(crate) use outgoing::Outgoing;
pub(crate) use sending::{Sending, SendingEvent};
pub(crate) use vouchers::Vouchers;
