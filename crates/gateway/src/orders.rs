//! Orders: received, checked in the page's order, kept, and handed to the core bank.

mod check;
mod judging;
mod outcome;
mod placing;
mod receipt;
mod record;
mod submission;
#[cfg(test)]
mod tests;

pub use check::Check;
pub use receipt::Receipt;
pub use submission::{Submitted, TokenDevice};
