//! The configured logins.

use super::login_provider::LoginProvider;
use protocol::http::CodeBy;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused_passwords: Option<PathBuf>,
    pub(crate) codes_by: Vec<CodeBy>,
    pub(crate) provider: Option<LoginProvider>,
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
            refused_passwords: None,
            codes_by: Vec::new(),
            provider: None,
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

    /// The outside provider that logs people in. Otherwise what is wrong.
    pub(crate) fn provider(&self) -> Result<Option<ciam::ProviderSettings>, String> {
        let provider = self.provider.as_ref();
        provider.map(LoginProvider::settings).transpose()
    }

    /// The settings, if valid, with the list of refused passwords. Otherwise what is wrong with the list.
    pub(crate) fn settings(&self) -> Result<ciam::LoginSettings, String> {
        let ms = |seconds: u32| u64::from(seconds) * 1000;
        let list = self.refused_passwords.as_deref().map(refused).transpose()?;
        Ok(ciam::LoginSettings {
            access_token_ms: ms(self.access_token_seconds),
            session_ms: u64::from(self.session_days) * DAY_MS,
            recent_ms: ms(self.recent_seconds),
            refused_max: self.refused_max,
            refused_of_prefix_max: self.refused_of_prefix_max,
            lock_ms: ms(self.lock_seconds),
            lock_ms_max: ms(self.lock_seconds_max),
            passkeys_max: usize::from(self.passkeys_max),
            refused_passwords: list.unwrap_or_default(),
            codes_by: self.codes_by.clone(),
        })
    }
}

/// The passwords in a file, one a line.
fn refused(path: &Path) -> Result<ciam::RefusedPasswords, String> {
    let unreadable = |problem: &dyn fmt::Display| {
        let path = path.display();
        format!("login.refused_passwords: {path} cannot be read: {problem}")
    };
    let file = fs::read(path).map_err(|error| unreadable(&error))?;
    let lines = String::from_utf8(file).map_err(|error| unreadable(&error.utf8_error()))?;
    match lines.trim() {
        "" => Err(unreadable(&"it is empty")),
        _ => Ok(ciam::RefusedPasswords::of_lines(&lines)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_passwords_is_read_or_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let with = |content: Option<&[u8]>| {
            let path = directory.path().join("list");
            match content {
                Some(content) => fs::write(&path, content).unwrap(),
                None => _ = fs::remove_file(&path),
            }
            let refused_passwords = Some(path);
            let login = Login {
                refused_passwords,
                ..Login::default()
            };
            login.settings().map(|settings| settings.refused_passwords)
        };
        let list = with(Some(b"a walk by the river\n")).unwrap();
        assert_eq!(
            list,
            ciam::RefusedPasswords::of_lines("a walk by the river")
        );
        for wrong in [None, Some(&b""[..]), Some(b" \n"), Some(b"\xff")] {
            let problem = with(wrong).unwrap_err();
            assert!(
                problem.starts_with("login.refused_passwords: "),
                "{problem}"
            );
        }
    }
}
