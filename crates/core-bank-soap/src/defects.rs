//! Packages that are refused for what they are: an error log for administrators.

use crate::problem::{Code, Problem};
use std::fmt::Display;
use std::sync::Arc;
use types::{PackageId, Time};

/// A package that was refused because it is not what the schema says. Nothing of it was processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When it was refused.
    pub time: Time,
    /// The package's transaction number, if its header could be read.
    pub transaction: Option<PackageId>,
    /// The operation, if there is such a one.
    pub operation: Option<&'static str>,
    /// What the caller was answered.
    pub code: Code,
    /// The element that is missing or corrupt, or has too much in it.
    pub element: Option<String>,
    /// What is wrong, without anything that the package says.
    pub cause: String,
}

/// Takes what administrators should see. It must not wait.
pub type PackageDefect = Arc<dyn Fn(&Logged) + Send + Sync>;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Defect {
    pub(crate) problem: Problem,
    pub(crate) operation: Option<&'static str>,
    cause: String,
}

impl Defect {
    pub(crate) fn malformed(cause: impl Display) -> Self {
        Self {
            cause: cause.to_string(),
            ..Problem::from(Code::Malformed).into()
        }
    }
}

impl From<Problem> for Defect {
    fn from(problem: Problem) -> Self {
        Self {
            cause: problem.to_string(),
            problem,
            operation: None,
        }
    }
}

impl Logged {
    /// The record of a defect. `None` if the package is what it should be, and the bank refuses what it asks.
    pub(crate) fn of(defect: &Defect, time: Time) -> Option<Self> {
        let Problem {
            code,
            transaction,
            ref element,
            ..
        } = defect.problem;
        if !code.is_of_package() {
            return None;
        }
        tracing::error!(
            %code,
            transaction = transaction.map(tracing::field::display),
            operation = defect.operation,
            element,
            cause = defect.cause,
            "a data package was refused"
        );
        Some(Self {
            time,
            transaction,
            operation: defect.operation,
            code,
            element: element.clone(),
            cause: defect.cause.clone(),
        })
    }
}
