//! Authenticator data (WebAuthn Level 3, 6.1): what a passkey's authenticator says about an assertion.

use super::AssertionError;
use protocol::cbor::{Value, decode};
use types::Hash;

/// The passkey's backup flags. They are kept as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupFlags {
    /// BE: the passkey can be backed up, that is, it can exist on several devices.
    pub eligible: bool,
    /// BS: the passkey is backed up now.
    pub backed_up: bool,
}

/// Authenticator data of an assertion. The signature counter is not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub(super) relying_party: Hash,
    flags: u8,
}

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

impl AuthenticatorData {
    /// Parses the bytes: SHA-256 of the relying party's id, flags, counter, and extensions if their flag is set. An
    /// assertion has no attested credential data.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, AssertionError> {
        let invalid = AssertionError::AuthenticatorDataInvalid;
        let (relying_party, rest) = bytes.split_first_chunk::<32>().ok_or(invalid)?;
        let ([flags, ..], extensions) = rest.split_first_chunk::<5>().ok_or(invalid)?;
        let data = Self {
            relying_party: Hash::new(*relying_party),
            flags: *flags,
        };
        let is_whole = if data.has(EXTENSIONS) {
            matches!(decode(extensions), Ok(Value::Map(_)))
        } else {
            extensions.is_empty()
        };
        if is_whole && !data.has(ATTESTED) {
            Ok(data)
        } else {
            Err(invalid)
        }
    }

    pub(super) const fn is_user_present(self) -> bool {
        self.has(USER_PRESENT)
    }

    pub(super) const fn is_user_verified(self) -> bool {
        self.has(USER_VERIFIED)
    }

    pub(super) const fn backup(self) -> BackupFlags {
        BackupFlags {
            eligible: self.has(BACKUP_ELIGIBLE),
            backed_up: self.has(BACKED_UP),
        }
    }

    const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}
