//! Attestations of the bank's app and of a device's keys: Android Key Attestation, Apple App Attest, Play Integrity.
//!
//! A device that enrols may attest that the bank's app made its keys, and where they are kept. [`Verifiers`] says what an
//! attestation proves: a [`DeviceVerdict`](types::DeviceVerdict), never a refusal.
//!
//! Invariants:
//! - No I/O and no clock: roots, keys, lists of revoked certificates and time are parameters.
//! - Whatever the bytes are, the answer is a verdict. Sizes, depths and lengths of chains are bounded.
//! - Nothing is proven unless the attestation names the device's own keys and the bank's challenge.
//!
//! ```
//! use attestation::{Expected, Verifiers};
//! # use types::{AttestationFormat, Hash, PublicKey, Time, VerdictLevel};
//! let now = Time::from_ms(1_790_000_000_000);
//! let key = PublicKey::new([4; 65]);
//! let expected = Expected { challenge: Hash::of(b"challenge"), session: key, approval: key, given: now };
//! let verdict = Verifiers::default().verify(AttestationFormat::AndroidKey, b"anything", &expected, now);
//! assert_eq!(verdict.level, VerdictLevel::None);
//! assert_eq!(verdict.to_string(), "none android_key not_configured");
//! ```

mod android_key;
mod app_attest;
mod certificate;
mod chain;
mod der;
mod finding;
mod key_description;
mod play_integrity;
mod proven;
mod revoked;
mod root;
mod software;
#[cfg(test)]
mod tests;
mod verifiers;

pub use android_key::{AndroidApp, AndroidKey};
pub use app_attest::AppAttest;
pub use finding::Finding;
pub use play_integrity::{PlayIntegrity, PlayKeys};
pub use proven::Expected;
pub use revoked::RevokedCertificates;
pub use root::{Root, SettingError};
pub use software::{DevelopmentRoot, SoftwareDevice};
pub use verifiers::{OBJECT_BYTES_MAX, Verifiers};
