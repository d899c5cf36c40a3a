//! The configured logins.

use serde::{Deserialize, Serialize};

const DAY_MS: u64 = 86_400_000;

/// How people log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Login {
    pub(crate) access_token_seconds: u32,
    pub(crate) session_days: u32,
    pub(crate) recent_seconds: u32,
    pub(crate) refused_max: u32,
    pub(crate) refused_of_prefix_max: u32,
    pub(crate) lock_seconds: u32,
    pub(crate) lock_seconds_max: u32,
    pub(crate) passkeys_max: u16,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            access_token_seconds: 300,
            session_days: 90,
            recent_seconds: 600,
            refused_max: 3,
            refused_of_prefix_max: 100,
            lock_seconds: 60,
            lock_seconds_max: 3600,
            passkeys_max: 16,
        }
    }
}

impl Login {
    /// Refuses invalid settings: the key, and the problem.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(1..=3600).contains(&self.access_token_seconds) {
            let problem = "an access token lives from a second to an hour";
            return Err(("login.access_token_seconds", problem));
        }
        if !(1..=400).contains(&self.session_days) {
            return Err(("login.session_days", "a session lasts 1 to 400 days"));
        }
        if !(1..=86_400).contains(&self.recent_seconds) {
            let problem = "a login is recent for a second to a day";
            return Err(("login.recent_seconds", problem));
        }
        for (key, refused_max) in [
            ("login.refused_max", self.refused_max),
            ("login.refused_of_prefix_max", self.refused_of_prefix_max),
        ] {
            if refused_max == 0 {
                return Err((key, "at least one login may be refused"));
            }
        }
        if self.lock_seconds == 0 {
            return Err(("login.lock_seconds", "a lock takes at least a second"));
        }
        if self.lock_seconds_max < self.lock_seconds {
            let problem = "the longest lock is at least as long as the first one";
            return Err(("login.lock_seconds_max", problem));
        }
        if !(1..=100).contains(&self.passkeys_max) {
            return Err(("login.passkeys_max", "a customer has 1 to 100 passkeys"));
        }
        Ok(())
    }

    /// The settings, if valid.
    pub(crate) fn settings(&self) -> ciam::LoginSettings {
        let ms = |seconds: u32| u64::from(seconds) * 1000;
        ciam::LoginSettings {
            access_token_ms: ms(self.access_token_seconds),
            session_ms: u64::from(self.session_days) * DAY_MS,
            recent_ms: ms(self.recent_seconds),
            refused_max: self.refused_max,
            refused_of_prefix_max: self.refused_of_prefix_max,
            lock_ms: ms(self.lock_seconds),
            lock_ms_max: ms(self.lock_seconds_max),
            passkeys_max: usize::from(self.passkeys_max),
        }
    }
}
