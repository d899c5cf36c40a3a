//! A compiled rule set, and what it decides.

use crate::expression::{Expression, Expressions};
use crate::features::Features;
use crate::rule::{Check, Outcome, Rule};
use crate::rule_set::{RuleSet, RuleSetError};
use crate::score::{Action, Overridden, Score};
use crate::sentence::{question, sentence};
use serde::{Deserialize, Serialize};

/// A function that may override a score: its name, and what it makes of the features and the score. `None` leaves it.
pub type Callout<'c> = (
    &'c str,
    &'c (dyn Fn(&Features, Score) -> Option<Score> + Sync),
);

/// A rule set that is ready to decide.
#[derive(Debug)]
pub struct Compiled {
    rules: RuleSet,
    version: u32,
    expressions: Expressions,
    /// One for each rule that is an expression, in their order.
    programs: Vec<Expression>,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The score.
    pub score: Score,
    /// What becomes of it.
    pub action: Action,
    /// The rule that gave the score. `None` if none matched.
    pub rule: Option<String>,
    /// Every rule that matched, in their order.
    pub contributions: Vec<Contribution>,
    /// The rules that could not be evaluated.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What callouts made of the score, in their order.
    pub overridden: Vec<Overridden>,
    /// The rule set's version.
    pub version: u32,
    /// What a representative of customer service can read out.
    pub sentence: String,
    /// What they ask. `None` if nobody has to ask.
    pub question: Option<String>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The rule.
    pub rule: String,
    /// The score that it gives.
    pub score: Score,
}

/// A rule that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotEvaluated {
    /// The rule.
    pub rule: String,
    /// Why.
    pub why: String,
}

impl Compiled {
    /// Checks a rule set and compiles its expressions.
    pub fn new(rules: RuleSet, version: u32) -> Result<Self, RuleSetError> {
        rules.check()?;
        let expressions = Expressions::new();
        let mut programs = Vec::new();
        for rule in &rules.rules {
            if let Check::Expression(source) = &rule.check {
                let program = expressions.compile(source);
                programs.push(program.map_err(|error| RuleSetError::Expression {
                    name: rule.name.clone(),
                    error,
                })?);
            }
        }
        Ok(Self {
            rules,
            version,
            expressions,
            programs,
        })
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The rule set's version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Decides. Every rule is evaluated, so that the decision names all that matched; the first one with a score decides,
    /// then the callouts.
    #[must_use]
    pub fn decide(&self, features: &Features, callouts: &[Callout<'_>]) -> Decision {
        let mut contributions = Vec::new();
        let mut not_evaluated = Vec::new();
        let mut decisive = None;
        for (rule, outcome) in self.outcomes(features) {
            match outcome {
                Outcome::Matches => {
                    if rule.score > Score::ZERO {
                        decisive = decisive.or(Some(rule));
                    }
                    contributions.push(Contribution {
                        rule: rule.name.clone(),
                        score: rule.score,
                    });
                }
                Outcome::DoesNotMatch => {}
                Outcome::Unknown(why) => not_evaluated.push(NotEvaluated {
                    rule: rule.name.clone(),
                    why,
                }),
            }
        }
        let of_rules = decisive.map_or(Score::ZERO, |rule| rule.score);
        let mut score = of_rules;
        let mut overridden = Vec::new();
        for (name, callout) in callouts {
            if let Some(after) = callout(features, score) {
                overridden.push(Overridden {
                    callout: (*name).to_owned(),
                    before: score,
                    after,
                });
                score = after;
            }
        }
        Decision {
            score,
            action: score.action(),
            rule: decisive.map(|rule| rule.name.clone()),
            question: question(score, decisive),
            sentence: sentence(score, decisive, overridden.last(), features),
            contributions,
            not_evaluated,
            overridden,
            version: self.version,
        }
    }

    fn outcomes<'a>(&'a self, features: &Features) -> Vec<(&'a Rule, Outcome)> {
        let context = (!self.programs.is_empty()).then(|| self.expressions.context(features));
        let mut programs = self.programs.iter();
        let outcome = |rule: &'a Rule| {
            let outcome = rule.check.outcome(features).or_else(|| {
                let program = programs.next()?;
                context.as_ref().map(|context| program.outcome(context))
            });
            Some((rule, outcome?))
        };
        self.rules.rules.iter().filter_map(outcome).collect()
    }
}

#[cfg(test)]
mod tests;
