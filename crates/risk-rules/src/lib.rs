//! The risk of an order or a login: features, rules, score, explanation.
//!
//! This crate does no I/O. The caller gathers the [`Features`], and a compiled rule set decides: the first rule that
//! matches gives the score, the score's band gives the action. The rules that a bank starts with are those of Arcot
//! RiskFort ([`RuleSet::default`]); further ones are expressions in CEL over the same features.
//!
//! Invariants:
//! - A decision depends on the features, the rule set and the callouts alone. The same input gives the same decision, so
//!   stored features can be judged again by another rule set.
//! - A rule whose feature is unknown does not match, and the decision says why.
//! - An expression is checked and compiled once. It has no loops and a bounded size, so its time is bounded, too.
//! - The learned score is a feature. It never decides by itself.
//!
//! ```
//! use risk_rules::{Action, Compiled, Features, RuleSet};
//! let rules = Compiled::new(RuleSet::default(), 1)?;
//! let mut features = Features::example();
//! features.history.user_hour = 5;
//! let decision = rules.decide(&features, &[]);
//! assert_eq!(decision.action, Action::IncreaseAuthentication);
//! assert_eq!(decision.rule.as_deref(), Some("user_velocity"));
//! # Ok::<(), risk_rules::RuleSetError>(())
//! ```

mod decision;
mod expression;
mod features;
pub mod learned;
mod life_cycle;
mod place;
mod rule;
mod rule_set;
mod score;
mod sentence;

pub use decision::{Callout, Compiled, Contribution, Decision, NotEvaluated};
pub use expression::ExpressionError;
pub use features::{
    AddressList, Device, Features, History, Hop, Kind, Location, Transaction, Unlocated, User,
};
pub use life_cycle::{LifeCycle, LifeCycleError, Stage};
pub use place::{Country, NotAPlace, Place};
pub use rule::{Check, Rule};
pub use rule_set::{RuleSet, RuleSetError};
pub use score::{Action, NotAScore, Overridden, Score};
