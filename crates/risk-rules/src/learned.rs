//! A learned score: gradient-boosted trees, trained from labelled rows and executed by this crate's own evaluation.
//!
//! The score is a feature for rules. It never decides by itself.

mod boosting;
mod forest;
pub mod handbook;
mod measuring;

pub use boosting::{Labelled, Training, train};
pub use forest::{Forest, ForestError, Tree};
pub use measuring::{CardDay, area_under_roc, average_precision, card_precision};

/// The number of features of a row.
pub const FEATURES: usize = 15;

/// The features of a payment, in the order of [`NAMES`]: those of the Fraud Detection Handbook, chapter 3.
pub type Row = [f32; FEATURES];

/// The features' names. Counts and means are over 1, 7 and 30 days, and include the payment itself; those of a payee end 7
/// days before the payment, because it takes so long to find frauds.
pub const NAMES: [&str; FEATURES] = [
    "amount",
    "weekend",
    "night",
    "customer_count_1d",
    "customer_mean_1d",
    "customer_count_7d",
    "customer_mean_7d",
    "customer_count_30d",
    "customer_mean_30d",
    "payee_count_1d",
    "payee_risk_1d",
    "payee_count_7d",
    "payee_risk_7d",
    "payee_count_30d",
    "payee_risk_30d",
];
