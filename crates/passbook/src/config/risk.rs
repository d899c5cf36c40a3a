//! The configured judging of risks.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How risks are judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Risk {
    pub(crate) judges: bool,
    pub(crate) binding: bool,
    pub(crate) deadline_ms: u64,
    pub(crate) unanswered_challenge_above: u32,
    pub(crate) unanswered_decline_above: u32,
    /// The file with the places of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) locations: Option<PathBuf>,
}

impl Default for Risk {
    fn default() -> Self {
        Self {
            judges: false,
            binding: false,
            deadline_ms: 500,
            unanswered_challenge_above: 1_000,
            unanswered_decline_above: 20_000,
            locations: None,
        }
    }
}

impl Risk {
    /// Refuses invalid settings: the key, and the problem.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=10_000).contains(&self.deadline_ms) {
            let problem = "an order waits for 1 to 10,000 ms";
            return Err(("risk.deadline_ms", problem.into()));
        }
        if self.unanswered_challenge_above > self.unanswered_decline_above {
            let problem = "what is declined without a decision is more than what is approved again";
            return Err(("risk.unanswered_decline_above", problem.into()));
        }
        Ok(())
    }

    /// How long an order waits.
    pub(crate) const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}
