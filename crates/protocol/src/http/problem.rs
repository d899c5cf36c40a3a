//! Problem details (RFC 9457).

use serde::{Deserialize, Serialize};
use types::{ERROR_CODES, ErrorCode, Hash, Position};

/// The media type of a problem.
pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json";

const TYPE_PREFIX: &str = "https://passbook.invalid/problems/";

/// An error as an answer: RFC 9457's members, and the stable number, a hint, and where one is in the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the problem; it ends with the code's slug.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The same for all problems of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable number of `docs/errors.md`.
    pub code: u16,
    /// What to do about it.
    pub hint: String,
    /// What happened here. Never a secret, never another's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Under what the server's log has more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The channel's newest position, where that is what was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Position>,
    /// The hash of the newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
}

impl Problem {
    /// The problem of `code`, without a detail.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let slug = code.slug();
        let mut title = slug.replace('_', " ");
        if let Some(first) = title.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        Self {
            problem_type: format!("{TYPE_PREFIX}{slug}"),
            title,
            status: code.status(),
            code: code.number(),
            hint: code.hint().to_owned(),
            detail: None,
            instance: None,
            newest: None,
            hash: None,
        }
    }

    /// With what happened here.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With the channel's newest position and hash.
    #[must_use]
    pub const fn with_newest(mut self, newest: Position, hash: Hash) -> Self {
        self.newest = Some(newest);
        self.hash = Some(hash);
        self
    }

    /// The code, unless it is one that this version does not know.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        ERROR_CODES
            .iter()
            .copied()
            .find(|code| code.number() == self.code)
    }
}
