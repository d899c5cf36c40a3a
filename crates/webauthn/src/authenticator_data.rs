//! Authenticator data (WebAuthn Level 3, 6.1): what a passkey's authenticator says about a ceremony.

use crate::error::AssertionError;
use protocol::cbor::{Reader, Value, encode};
use types::Hash;

/// The longest id of a credential (WebAuthn Level 3, 5.8.3).
pub const CREDENTIAL_BYTES_MAX: usize = 1023;

/// Names the model of an authenticator; zeros if it keeps that to itself.
pub type Aaguid = [u8; 16];

/// The passkey's backup flags. They are kept as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupFlags {
    /// BE: the passkey can be backed up, that is, it can exist on several devices.
    pub eligible: bool,
    /// BS: the passkey is backed up now.
    pub backed_up: bool,
}

/// The new credential in the authenticator data of a registration (6.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedCredential {
    /// The model of the authenticator.
    pub aaguid: Aaguid,
    /// The credential's id.
    pub id: Vec<u8>,
    /// The public key, as COSE_Key.
    pub key: Vec<u8>,
}

/// Authenticator data.
#[derive(Debug, Clone)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub relying_party: Hash,
    flags: u8,
    /// How often the credential's key signed. Passkeys' counters are not compared, because synced ones have none.
    pub counter: u32,
    /// The new credential, if there is one.
    pub attested: Option<AttestedCredential>,
}

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

impl AuthenticatorData {
    /// Parses the bytes: SHA-256 of the relying party's id, flags, counter; then the new credential and extensions, each
    /// if its flag is set.
    pub fn parse(bytes: &[u8]) -> Result<Self, AssertionError> {
        let invalid = AssertionError::AuthenticatorDataInvalid;
        let (relying_party, rest) = bytes.split_first_chunk::<32>().ok_or(invalid)?;
        let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or(invalid)?;
        let has = |flag: u8| flags & flag != 0;
        let (attested, rest) = if has(ATTESTED) {
            let (attested, rest) = attested(rest).ok_or(invalid)?;
            (Some(attested), rest)
        } else {
            (None, rest)
        };
        let rest = if has(EXTENSIONS) {
            map(rest).ok_or(invalid)?.1
        } else {
            rest
        };
        if !rest.is_empty() {
            return Err(invalid);
        }
        Ok(Self {
            relying_party: Hash::new(*relying_party),
            flags: *flags,
            counter: u32::from_be_bytes(*counter),
            attested,
        })
    }

    pub(crate) const fn is_user_present(&self) -> bool {
        self.has(USER_PRESENT)
    }

    pub(crate) const fn is_user_verified(&self) -> bool {
        self.has(USER_VERIFIED)
    }

    pub(crate) const fn backup(&self) -> BackupFlags {
        BackupFlags {
            eligible: self.has(BACKUP_ELIGIBLE),
            backed_up: self.has(BACKED_UP),
        }
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Reads a CBOR map, and returns its bytes and those after it.
fn map(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(bytes);
    let value = reader.value().ok()?;
    if !matches!(value, Value::Map(_)) {
        return None;
    }
    // The encoding is deterministic, so its length is that of the value encoded again.
    bytes.split_at_checked(encode(&value).len())
}

fn attested(bytes: &[u8]) -> Option<(AttestedCredential, &[u8])> {
    let (aaguid, rest) = bytes.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, rest) = rest.split_at_checked(length)?;
    let (key, rest) = map(rest)?;
    let fits = (1..=CREDENTIAL_BYTES_MAX).contains(&id.len());
    let credential = AttestedCredential {
        aaguid: *aaguid,
        id: id.to_vec(),
        key: key.to_vec(),
    };
    fits.then_some((credential, rest))
}

/// What a passkey signs in either ceremony: the authenticator data, and SHA-256 of the client data.
pub(crate) fn signed_bytes(authenticator_data: &[u8], client_data_json: &[u8]) -> Vec<u8> {
    let client_data = Hash::of(client_data_json);
    [authenticator_data, client_data.as_bytes()].concat()
}

/// The authenticator data of a passkey in software: the user is present and verified, and the key is never backed up.
pub(crate) fn made_in_software(
    relying_party: &str,
    attested: Option<&AttestedCredential>,
) -> Vec<u8> {
    let mut flags = USER_PRESENT | USER_VERIFIED;
    let mut rest = vec![0; 4];
    if let Some(credential) = attested {
        flags |= ATTESTED;
        let length = u16::try_from(credential.id.len()).unwrap_or(u16::MAX);
        rest.extend(credential.aaguid);
        rest.extend(length.to_be_bytes());
        rest.extend(&credential.id);
        rest.extend(&credential.key);
    }
    let relying_party = Hash::of(relying_party.as_bytes());
    [relying_party.as_bytes().as_slice(), &[flags], &rest].concat()
}
