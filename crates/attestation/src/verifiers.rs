//! The verifiers that the bank configured, and the verdict.

use crate::android_key::AndroidKey;
use crate::app_attest::AppAttest;
use crate::finding::Finding;
use crate::play_integrity::PlayIntegrity;
use crate::proven::{Expected, Proven};
use types::{AttestationFormat, DeviceVerdict, Time, VerdictLevel};

/// The largest attestation that is read, in bytes.
pub const OBJECT_BYTES_MAX: usize = 24 * 1024;

/// The verifiers that the bank configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verifiers {
    /// Android Key Attestation.
    pub android_key: Option<AndroidKey>,
    /// Apple App Attest.
    pub app_attest: Option<AppAttest>,
    /// Play Integrity.
    pub play_integrity: Option<PlayIntegrity>,
}

impl Verifiers {
    /// What an attestation of that format proves at `now`.
    #[must_use]
    pub fn verify(
        &self,
        format: AttestationFormat,
        object: &[u8],
        expected: &Expected,
        now: Time,
    ) -> DeviceVerdict {
        let proven = match format {
            _ if object.len() > OBJECT_BYTES_MAX => Err(Finding::TooLarge),
            AttestationFormat::AndroidKey => match &self.android_key {
                Some(verifier) => verifier.verify(object, expected, now),
                None => Err(Finding::NotConfigured),
            },
            AttestationFormat::AppAttest => match &self.app_attest {
                Some(verifier) => verifier.verify(object, expected, now),
                None => Err(Finding::NotConfigured),
            },
            AttestationFormat::PlayIntegrity => match &self.play_integrity {
                Some(verifier) => verifier.verify(object, expected, now),
                None => Err(Finding::NotConfigured),
            },
        };
        match proven {
            Ok(Proven { level, findings }) => verdict(level, Some(format), &findings),
            Err(finding) => Self::refused(Some(format), finding),
        }
    }

    /// The verdict on an attestation that proves nothing.
    #[must_use]
    pub fn refused(format: Option<AttestationFormat>, finding: Finding) -> DeviceVerdict {
        verdict(VerdictLevel::None, format, &[finding])
    }
}

fn verdict(
    level: VerdictLevel,
    format: Option<AttestationFormat>,
    findings: &[Finding],
) -> DeviceVerdict {
    let format = format.map(AttestationFormat::as_str).into_iter();
    let words = format.chain(findings.iter().map(|finding| finding.as_str()));
    DeviceVerdict {
        level,
        words: words.map(str::to_owned).collect(),
    }
}
