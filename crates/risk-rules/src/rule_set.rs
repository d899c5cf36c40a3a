//! Rule sets: rules in their order. The default is Arcot RiskFort's.

use crate::expression::ExpressionError;
use crate::rule::{Check, Rule};
use crate::score::Score;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thiserror::Error;

/// Maximum rules of a rule set.
const RULES_MAX: usize = 128;

const NAME_BYTES_MAX: usize = 64;
const SAYS_BYTES_MAX: usize = 300;

/// Rules in their order. The first one that matches gives the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// Why a rule set is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleSetError {
    /// It has no rules, or more than 128.
    #[error("a rule set has 1 to 128 rules")]
    Length,
    /// A name is malformed.
    #[error("`{0}` is no name: 1 to 64 small letters, digits and underscores")]
    Name(String),
    /// Two rules have the same name.
    #[error("two rules are called `{0}`")]
    NameTwice(String),
    /// The words are too long, or of more than one line.
    #[error("what rule `{0}` says must be one line of at most 300 bytes")]
    Says(String),
    /// An expression must have words for customer service.
    #[error("rule `{0}` is an expression, so it must have words in `says`")]
    SaysNothing(String),
    /// An expression is refused.
    #[error("the expression of rule `{name}` is refused")]
    Expression {
        /// The rule.
        name: String,
        /// Why.
        #[source]
        error: ExpressionError,
    },
}

impl Default for RuleSet {
    /// The rules, order and scores of Arcot RiskFort as it is installed.
    fn default() -> Self {
        let rule = |name: &str, check, score: u8| Rule {
            name: name.to_owned(),
            check,
            score: Score::new(score).unwrap_or_default(),
            says: None,
        };
        Self {
            rules: vec![
                rule("exception_user", Check::ExceptionUser, 30),
                rule("untrusted_address", Check::UntrustedAddress, 100),
                rule("negative_country", Check::NegativeCountry, 100),
                rule("trusted_address", Check::TrustedAddress, 30),
                rule("unknown_user", Check::UnknownUser, 50),
                rule("unknown_device", Check::UnknownDevice, 65),
                rule("not_associated", Check::NotAssociated, 65),
                rule("fingerprint_mismatch", Check::FingerprintMismatch, 65),
                rule("user_velocity", Check::UserVelocity { times: 5 }, 65),
                rule("device_velocity", Check::DeviceVelocity { times: 10 }, 65),
                rule(
                    "zone_hopping",
                    Check::ZoneHopping {
                        miles_an_hour: 500,
                        uncertainty_miles: 50,
                    },
                    65,
                ),
            ],
        }
    }
}

impl RuleSet {
    /// Refuses what is wrong with the rules, whatever their expressions say.
    pub(crate) fn check(&self) -> Result<(), RuleSetError> {
        if self.rules.is_empty() || self.rules.len() > RULES_MAX {
            return Err(RuleSetError::Length);
        }
        let mut names = BTreeSet::new();
        for rule in &self.rules {
            let name = || rule.name.clone();
            if !is_name(&rule.name) {
                return Err(RuleSetError::Name(name()));
            }
            if !names.insert(&rule.name) {
                return Err(RuleSetError::NameTwice(name()));
            }
            let says = rule.says.as_deref();
            if says
                .is_some_and(|says| says.len() > SAYS_BYTES_MAX || says.contains(char::is_control))
            {
                return Err(RuleSetError::Says(name()));
            }
            if matches!(rule.check, Check::Expression(_)) && says.is_none_or(str::is_empty) {
                return Err(RuleSetError::SaysNothing(name()));
            }
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let of_name = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(of_name)
}
