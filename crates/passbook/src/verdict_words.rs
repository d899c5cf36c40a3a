//! The verdict on a device's attestation, in words for its customer.

use std::fmt;
use types::{AttestationFormat, DeviceVerdict, VerdictLevel};

/// A verdict in words for the customer.
pub(crate) struct VerdictWords<'a>(pub(crate) &'a DeviceVerdict);

impl fmt::Display for VerdictWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DeviceVerdict { level, words } = self.0;
        let is_reason = |word: &&String| AttestationFormat::of_word(word).is_none();
        let reasons = words.iter().filter(is_reason).map(|word| reason(word));
        let reasons: Vec<_> = reasons.collect();
        match level {
            VerdictLevel::Hardware => return f.write_str("its hardware keeps its keys"),
            VerdictLevel::Basic => f.write_str("attested in part")?,
            VerdictLevel::None => f.write_str("the bank knows nothing of its hardware")?,
        }
        match reasons.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", reasons.join(", ")),
        }
    }
}

/// Why a verdict is not better. A word that this version does not know is shown as it is.
fn reason(word: &str) -> String {
    let known = match word {
        "software" => "its keys are in software",
        "bootloader_unlocked" => "its bootloader is unlocked",
        "boot_unverified" => "its system is not the maker's",
        "development" => "its app is built for development",
        "approval_key_missing" => "nothing is attested of the key that approves orders",
        "device_integrity" => "its hardware proves nothing to Google",
        "not_licensed" => "its app was not installed by Google Play",
        "untrusted_root" => "the bank does not trust who attested it",
        "certificate_expired" => "who attested it may not do so any more",
        "certificate_revoked" => "its maker took back its certificate",
        "another_challenge" | "another_key" => "the attestation was made for something else",
        "another_app" | "app_unrecognised" => "another app than the bank's made the attestation",
        "challenge_unknown" | "token_stale" => "the attestation was made too long ago",
        "not_configured" | "unknown_format" => "the bank accepts no attestation of this kind",
        _ => return word.replace('_', " "),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_said_in_words() {
        for (verdict, words) in [
            (
                "hardware android_key strongbox",
                "its hardware keeps its keys",
            ),
            (
                "basic android_key software",
                "attested in part: its keys are in software",
            ),
            (
                "basic play_integrity device_integrity not_licensed",
                "attested in part: its hardware proves nothing to Google, its app was not installed by Google Play",
            ),
            ("none", "the bank knows nothing of its hardware"),
            (
                "none app_attest of_a_newer_version",
                "the bank knows nothing of its hardware: of a newer version",
            ),
        ] {
            let Ok(verdict) = verdict.parse();
            assert_eq!(VerdictWords(&verdict).to_string(), words);
        }
    }
}
