//! Scores, and what becomes of them.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// The number is no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a score is 0 to 100")]
pub struct NotAScore;

/// How risky something is: 0, not at all, to 100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

impl Score {
    /// No risk is known.
    pub const ZERO: Self = Self(0);

    /// Makes a score. Refuses more than 100.
    pub const fn new(score: u8) -> Result<Self, NotAScore> {
        match score {
            0..=100 => Ok(Self(score)),
            _ => Err(NotAScore),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The action of the score's band, by the bands of Arcot RiskFort: to 30, to 50, to 70, to 100.
    #[must_use]
    pub const fn action(self) -> Action {
        match self.0 {
            0..=30 => Action::Allow,
            31..=50 => Action::Alert,
            51..=70 => Action::IncreaseAuthentication,
            _ => Action::Deny,
        }
    }
}

impl TryFrom<u8> for Score {
    type Error = NotAScore;
    fn try_from(score: u8) -> Result<Self, NotAScore> {
        Self::new(score)
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a score comes to. The later, the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It goes on.
    Allow,
    /// Customer service looks at it, and the person proves once more who they are.
    Alert,
    /// The person proves with another factor who they are.
    IncreaseAuthentication,
    /// It is refused.
    Deny,
}

impl Action {
    /// All actions, the mildest first.
    pub const ALL: [Self; 4] = [
        Self::Allow,
        Self::Alert,
        Self::IncreaseAuthentication,
        Self::Deny,
    ];

    /// The word as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Alert => "alert",
            Self::IncreaseAuthentication => "increase_authentication",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A score that a callout replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// The callout.
    pub callout: String,
    /// The score before.
    pub before: Score,
    /// The score after.
    pub after: Score,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_the_borders_of_riskfort() {
        let check = |score: u8, action: Action| {
            assert_eq!(Score::new(score).unwrap().action(), action, "{score}");
        };
        check(0, Action::Allow);
        check(30, Action::Allow);
        check(31, Action::Alert);
        check(50, Action::Alert);
        check(51, Action::IncreaseAuthentication);
        check(70, Action::IncreaseAuthentication);
        check(71, Action::Deny);
        check(100, Action::Deny);
        assert_eq!(Score::new(101), Err(NotAScore));
    }
}
