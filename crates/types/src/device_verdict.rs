//! What the attestation of a device proves, in words.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// How much the attestation of a device proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerdictLevel {
    /// Nothing: there was no attestation, or it failed a check.
    None,
    /// The bank's app made it, and something is missing for [`Hardware`](Self::Hardware).
    Basic,
    /// The bank's app made it on an intact device whose hardware keeps the keys.
    Hardware,
}

impl VerdictLevel {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Basic, Self::Hardware];

    /// The level's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Hardware => "hardware",
        }
    }
}

impl fmt::Display for VerdictLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The format of an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttestationFormat {
    /// Android Key Attestation.
    AndroidKey,
    /// Apple App Attest.
    AppAttest,
    /// Google's Play Integrity.
    PlayIntegrity,
}

impl AttestationFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::AndroidKey, Self::AppAttest, Self::PlayIntegrity];

    /// The format's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AndroidKey => "android_key",
            Self::AppAttest => "app_attest",
            Self::PlayIntegrity => "play_integrity",
        }
    }

    /// The format with that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }
}

impl fmt::Display for AttestationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The verdict on a device's attestation. As text it is words with a space between them: the level, then the format and what
/// was found, such as `basic android_key bootloader_unlocked`. The words after the level are an open set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceVerdict {
    /// How much is proven.
    pub level: VerdictLevel,
    /// The format, if there was an attestation, and what was found.
    pub words: Vec<String>,
}

impl DeviceVerdict {
    /// The verdict on a device without an attestation.
    pub const NONE: Self = Self {
        level: VerdictLevel::None,
        words: Vec::new(),
    };
}

impl fmt::Display for DeviceVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.level.fmt(f)?;
        self.words.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

impl FromStr for DeviceVerdict {
    type Err = Infallible;

    /// Reads any text. A level that this version does not know proves nothing.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut words = text.split(' ');
        let first = words.next().unwrap_or_default();
        let level = VerdictLevel::ALL
            .into_iter()
            .find(|level| level.as_str() == first);
        Ok(Self {
            level: level.unwrap_or(VerdictLevel::None),
            words: words.map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_words() {
        let read = |text: &str| text.parse::<DeviceVerdict>().unwrap_or(DeviceVerdict::NONE);
        for text in [
            "none",
            "none app_attest another_challenge",
            "basic android_key software",
            "hardware android_key strongbox",
        ] {
            assert_eq!(read(text).to_string(), text);
        }
        assert_eq!(read("hardware").level, VerdictLevel::Hardware);
        assert_eq!(read("none"), DeviceVerdict::NONE);
        for unknown in ["", "platinum", "Hardware", "hardware_too"] {
            assert_eq!(read(unknown).level, VerdictLevel::None, "{unknown}");
        }
        assert!(VerdictLevel::None < VerdictLevel::Basic);
        assert!(VerdictLevel::Basic < VerdictLevel::Hardware);
    }
}
