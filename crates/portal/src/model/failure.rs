//! Why something did not work.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("{word}: {detail}")]
pub struct Failure {
    /// A stable word: the slug of the bank's error code (`docs/errors.md`), or one of the device's own, such as
    /// `offline`, `locked`, `not_a_code`.
    pub word: String,
    /// Words of English for who looks into it. They contain no secret.
    pub detail: String,
}

impl Failure {
    /// A failure with its stable word.
    #[must_use]
    pub fn new(word: &str, detail: impl ToString) -> Self {
        Self {
            word: word.to_owned(),
            detail: detail.to_string(),
        }
    }
}
