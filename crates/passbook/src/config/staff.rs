//! The configured policies about the bank's staff, and its sessions.

use serde::{Deserialize, Serialize};
use staff_policy::StaffPolicies;
use std::path::PathBuf;

/// The bank's staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Staff {
    /// The file with the policies, in Cedar's language.
    pub(crate) policies: Option<PathBuf>,
    pub(crate) session_minutes: u32,
    pub(crate) proposal_hours: u32,
}

impl Default for Staff {
    fn default() -> Self {
        Self {
            policies: None,
            session_minutes: 60,
            proposal_hours: 24,
        }
    }
}

impl Staff {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=1440).contains(&self.session_minutes) {
            let problem = "a session lasts 1 to 1,440 minutes";
            return Err(("staff.session_minutes", problem.into()));
        }
        if !(1..=720).contains(&self.proposal_hours) {
            let problem = "a proposal waits for 1 to 720 hours";
            return Err(("staff.proposal_hours", problem.into()));
        }
        let policies = self.policies();
        policies.map_err(|problem| ("staff.policies", problem))?;
        Ok(())
    }

    /// The policies. Otherwise what is wrong with them, and where.
    pub(crate) fn policies(&self) -> Result<StaffPolicies, String> {
        let Some(path) = &self.policies else {
            return Ok(StaffPolicies::default());
        };
        let shown = path.display();
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("{shown} cannot be read: {error}"))?;
        StaffPolicies::parse(&text).map_err(|error| format!("{shown}: {error}"))
    }

    pub(crate) fn settings(&self) -> ciam::StaffSettings {
        ciam::StaffSettings {
            session_ms: u64::from(self.session_minutes) * 60_000,
            proposal_ms: u64::from(self.proposal_hours) * 3_600_000,
        }
    }
}
