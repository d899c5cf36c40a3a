//! Orders: received, checked in the page's order, kept, and handed to the core bank.

mod approving;
mod assessing;
mod batch;
mod books;
mod braking;
mod check;
mod in_hand;
mod judging;
mod keeping;
mod limits;
mod outcome;
mod own_brakes;
mod placing;
mod raising;
mod receipt;
mod record;
mod stopping;
mod submission;
#[cfg(test)]
mod tests;
mod token_device;

pub use check::Check;
pub(crate) use in_hand::InHand;
pub(crate) use limits::Spender;
pub use receipt::{Receipt, Submitted};
pub use token_device::TokenDevice;
