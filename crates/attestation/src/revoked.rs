//! Google's list of revoked certificates of Android Key Attestation.

use crate::root::SettingError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use types::hex;

/// The serial numbers of certificates that Google revoked or suspended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevokedCertificates(BTreeSet<String>);

#[derive(Deserialize)]
struct List {
    entries: BTreeMap<String, serde::de::IgnoredAny>,
}

impl RevokedCertificates {
    /// Reads the list as Google publishes it at `https://android.googleapis.com/attestation/status`. Every entry counts,
    /// whatever its status.
    pub fn of_json(file: &[u8]) -> Result<Self, SettingError> {
        let list: List = serde_json::from_slice(file).map_err(|_| SettingError::NotAStatusList)?;
        let serial = |serial: String| serial.trim_start_matches('0').to_ascii_lowercase();
        Ok(Self(list.entries.into_keys().map(serial).collect()))
    }

    /// Whether the certificate with that serial number, big-endian, is on the list.
    pub(crate) fn contains(&self, serial: &[u8]) -> bool {
        self.0.contains(hex::encode(serial).trim_start_matches('0'))
    }
}
