//! Problem details (RFC 9457).

use serde::{Deserialize, Serialize};
use types::{ErrorCode, Hash, Position};

/// The media type of a problem.
pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json";

const TYPE_PREFIX: &str = "https://passbook.invalid/problems/";

/// An error answer: RFC 9457's members, the stable number, a hint, and the channel's newest position if it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that identifies the problem. It ends with the code's slug.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// A title that is the same for all problems of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable number from `docs/errors.md`.
    pub code: u16,
    /// What the client should do about it.
    pub hint: String,
    /// What happened in this case. It never contains a secret or another customer's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The key under which the server's log has more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The channel's newest position, if the request named a wrong one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Position>,
    /// The hash of the newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
}

impl Problem {
    /// The problem for `code`, without a detail.
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

    /// Adds what happened in this case.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the channel's newest position and hash.
    #[must_use]
    pub const fn with_newest(mut self, newest: Position, hash: Hash) -> Self {
        self.newest = Some(newest);
        self.hash = Some(hash);
        self
    }

    /// The code. `None` if this version does not know it.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        ErrorCode::from_number(self.code)
    }
}
