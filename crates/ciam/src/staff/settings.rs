//! Settings of the staff.

/// How the staff logs in, and how long a proposal waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSettings {
    /// How long a session lasts after its login, in milliseconds.
    pub session_ms: u64,
    /// How long a proposal waits for a second person, in milliseconds.
    pub proposal_ms: u64,
}

impl Default for StaffSettings {
    /// Sessions of an hour, proposals of a day.
    fn default() -> Self {
        Self {
            session_ms: 3_600_000,
            proposal_ms: 86_400_000,
        }
    }
}
