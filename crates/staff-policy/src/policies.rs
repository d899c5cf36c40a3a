//! The policies: parsed, validated, asked.

use crate::question;
use cedar_policy::{
    Authorizer, Decision, ParseErrors, PolicySet, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;
use std::fmt;
use std::sync::LazyLock;
use thiserror::Error;
use types::StaffQuestion;

const SCHEMA: &str = include_str!("staff.cedarschema");
const DEFAULT: &str = include_str!("default.cedar");

static PARSED_SCHEMA: LazyLock<Schema> = LazyLock::new(|| match SCHEMA.parse() {
    Ok(schema) => schema,
    Err(error) => unreachable!("the schema is a part of this crate, and tested: {error}"),
});

/// Why policies are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// The text is not Cedar.
    #[error("line {line}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A policy names what the schema does not have, or can never apply.
    #[error("line {line}: {problem}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A template has nobody to fill it in.
    #[error("templates are not supported; write a policy for each role")]
    Template,
}

/// The bank's policies about its staff.
pub struct StaffPolicies {
    policies: PolicySet,
    authorizer: Authorizer,
}

impl fmt::Debug for StaffPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffPolicies").finish_non_exhaustive()
    }
}

impl Default for StaffPolicies {
    /// Those that a bank has which sets none.
    fn default() -> Self {
        match Self::parse(DEFAULT) {
            Ok(policies) => policies,
            Err(error) => unreachable!("the default is a part of this crate, and tested: {error}"),
        }
    }
}

impl StaffPolicies {
    /// Reads policies in Cedar's language, and validates them strictly against the schema. A warning of the validator
    /// refuses them, too: such a policy never applies, or reads like another one.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let policies: PolicySet = text.parse().map_err(|error| syntax(text, &error))?;
        if policies.templates().next().is_some() {
            return Err(PolicyError::Template);
        }
        let validator = Validator::new(PARSED_SCHEMA.clone());
        let result = validator.validate(&policies, ValidationMode::Strict);
        let error = result.validation_errors().next();
        let error = error.map(|error| invalid(text, error));
        let warning = result.validation_warnings().next();
        let warning = warning.map(|warning| invalid(text, warning));
        match error.or(warning) {
            Some(error) => Err(error),
            None => Ok(Self {
                policies,
                authorizer: Authorizer::new(),
            }),
        }
    }

    /// Whether the policies permit it.
    #[must_use]
    pub fn permit(&self, question: &StaffQuestion<'_>) -> bool {
        let asked = question::asked(question, &PARSED_SCHEMA);
        let (request, entities) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!(%error, "a question about the staff does not fit the schema; the answer is no");
                return false;
            }
        };
        let answer = self
            .authorizer
            .is_authorized(&request, &self.policies, &entities);
        let mut errors = answer.diagnostics().errors().peekable();
        if let Some(error) = errors.peek() {
            tracing::error!(%error, "a policy about the staff cannot be evaluated; the answer is no");
            return false;
        }
        answer.decision() == Decision::Allow
    }
}

fn syntax(text: &str, error: &ParseErrors) -> PolicyError {
    let first = error.iter().next();
    PolicyError::Syntax {
        line: line_of(text, first.map(|error| -> &dyn Diagnostic { error })),
        problem: first.map_or_else(|| error.to_string(), ToString::to_string),
    }
}

fn invalid(text: &str, error: &(impl Diagnostic + fmt::Display)) -> PolicyError {
    PolicyError::Invalid {
        line: line_of(text, Some(error)),
        problem: error.to_string(),
    }
}

/// The line, from 1, at which an error points.
fn line_of(text: &str, error: Option<&dyn Diagnostic>) -> usize {
    let labels = error.and_then(Diagnostic::labels);
    let offset = labels
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset());
    let before = offset.and_then(|offset| text.get(..offset));
    1 + before.map_or(0, |before| before.matches('\n').count())
}
