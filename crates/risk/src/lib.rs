//! The judge of risks: it gathers what is known of an order or a login, has the active rule set decide, and keeps the
//! decision with all that it was made from.
//!
//! Invariants:
//! - A decision, and what the next one counts, is durable before it is answered.
//! - The counts of a decision and the decision itself are one unit of work: of orders that arrive at once, each counts
//!   the others.
//! - A rule set decides only after a back-test and after another person than its author activated it.
//! - What is not known of a place is recorded, and never guessed.
//!
//! ```
//! use risk::{Asked, Risk};
//! async fn is_let_through(risk: &Risk, order: Asked) -> Result<bool, risk::Failure> {
//!     Ok(risk.judge(order).await?.action == risk_rules::Action::Allow)
//! }
//! ```

mod asked;
mod backtest;
mod cases;
mod error;
mod gathering;
pub mod http;
mod judging;
mod listing;
mod lists;
pub mod ports;
mod prefix;
mod renewing;
mod risk;
mod rules;
mod standing;
mod store;

pub use asked::{Asked, Device};
pub use backtest::{BackTest, Differing};
pub use cases::{Case, Explained, Outcome};
pub use error::{Failure, Refused};
pub use lists::{List, Listed};
pub use prefix::{NotAPrefix, Prefix, Prefixes};
pub use risk::{CalledOut, Neighbours, Risk, Settings};
pub use rules::{RuleSetVersion, Step};
