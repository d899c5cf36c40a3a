//! What an attestation must name, and what it then proves.

use crate::finding::Finding;
use types::{Hash, PublicKey, Time, VerdictLevel};

/// What an attestation must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The hash that covers the bank's challenge and the device.
    pub challenge: Hash,
    /// The device's session key.
    pub session: PublicKey,
    /// The device's approval key.
    pub approval: PublicKey,
    /// When the bank gave the challenge.
    pub given: Time,
}

/// What is proven: the level, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proven {
    pub(crate) level: VerdictLevel,
    pub(crate) findings: Vec<Finding>,
}

impl Proven {
    /// [`VerdictLevel::Hardware`] with the finding `kept`, unless something is missing for it.
    pub(crate) fn unless(missing: Vec<Finding>, kept: Finding) -> Self {
        match missing.is_empty() {
            true => Self {
                level: VerdictLevel::Hardware,
                findings: vec![kept],
            },
            false => Self {
                level: VerdictLevel::Basic,
                findings: missing,
            },
        }
    }
}
