//! The trust list: the keys that the bank's root lists for devices and services.

use crate::sign1::Sign1;
use crate::{SignatureError, Signer, SigningFailed};
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue, Value};
use protocol::{cbor, cbor_array};
use std::fmt;
use thiserror::Error;
use types::{Hash, Kid, PublicKey, Time, crockford};

const PURPOSE: &str = "passbook trust";

/// The purpose of a listed key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Heads of customer channels, checkpoints, snapshots.
    Head,
    /// Grants.
    Grant,
    /// Heads of global channels.
    Announcement,
    /// Device statements.
    Device,
    /// Vouchers.
    Voucher,
    /// A purpose that this version does not know. The key is stored and never used.
    Other(String),
}

impl Purpose {
    /// The word as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Head => "head",
            Self::Grant => "grant",
            Self::Announcement => "announcement",
            Self::Device => "device",
            Self::Voucher => "voucher",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for Purpose {
    fn from(word: String) -> Self {
        let known = [
            Self::Head,
            Self::Grant,
            Self::Announcement,
            Self::Device,
            Self::Voucher,
        ];
        known
            .into_iter()
            .find(|purpose| purpose.as_str() == word)
            .unwrap_or(Self::Other(word))
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key in the trust list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key's purpose.
    pub purpose: Purpose,
    /// The key.
    pub key: PublicKey,
    /// The earliest time of a statement that the key may sign.
    pub from: Time,
    /// The latest time of a statement that the key may sign.
    pub until: Time,
}

/// Why a trust list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrustError {
    /// None of the roots that the app knows signed the list.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A row's key identifier does not belong to its key.
    #[error("a row's identifier is not its key's")]
    KidOfAnotherKey,
    /// The list's version is lower than the version that the device has.
    #[error("older than the current list")]
    OlderVersion,
    /// The list has the version that the device has, but different content.
    #[error("a different list with the current version")]
    OtherBytes,
    /// The list had expired at the newest proven time.
    #[error("expired")]
    Expired,
}

impl TrustError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::KidOfAnotherKey => "kid_of_another_key",
            Self::OlderVersion => "trust_list_older_version",
            Self::OtherBytes => "trust_list_other_bytes",
            Self::Expired => "trust_list_expired",
        }
    }
}

impl From<ParseError> for TrustError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

/// The keys that the bank's root lists, each with its purpose and its time of validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    version: u64,
    issued: Time,
    expires: Time,
    keys: Vec<TrustedKey>,
    bytes: Vec<u8>,
}

impl TrustList {
    /// Makes and signs a list with the root key.
    pub fn sign(
        version: u64,
        issued: Time,
        expires: Time,
        keys: Vec<TrustedKey>,
        root: &dyn Signer,
    ) -> Result<Self, SigningFailed> {
        let bytes = Sign1::sign_embedded(root, &Self::payload(version, issued, expires, &keys))?;
        Ok(Self {
            version,
            issued,
            expires,
            keys,
            bytes,
        })
    }

    /// The payload that the root signs. For a root key that is not in this process.
    #[must_use]
    pub fn payload(version: u64, issued: Time, expires: Time, keys: &[TrustedKey]) -> Vec<u8> {
        let rows: Vec<Value> = keys
            .iter()
            .map(|row| {
                cbor_array![
                    row.key.kid(),
                    row.purpose.as_str(),
                    row.key,
                    row.from,
                    row.until
                ]
            })
            .collect();
        cbor::encode(&cbor_array![PURPOSE, 1, version, issued, expires, rows])
    }

    /// Accepts a list that one of `roots` signed. `proven` is the newest proven time; `current` is the device's current
    /// list.
    pub fn accept(
        bytes: &[u8],
        roots: &[PublicKey],
        current: Option<&TrustList>,
        proven: Time,
    ) -> Result<Self, TrustError> {
        let list = Self::stored(bytes, roots)?;
        if let Some(current) = current {
            if list.version < current.version {
                return Err(TrustError::OlderVersion);
            }
            if list.version == current.version && list.bytes != current.bytes {
                return Err(TrustError::OtherBytes);
            }
        }
        if list.is_expired(proven) {
            return Err(TrustError::Expired);
        }
        Ok(list)
    }

    /// Parses a stored list that was accepted before. One of `roots` must have signed it; it may have expired since. An
    /// expired list cannot verify new statements, but statements that were verified before stay readable.
    pub fn stored(bytes: &[u8], roots: &[PublicKey]) -> Result<Self, TrustError> {
        let sign1 = Sign1::parse(bytes)?;
        let root = roots
            .iter()
            .find(|root| root.kid() == sign1.kid())
            .ok_or(SignatureError::UnknownKey)?;
        sign1.verify(root)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, 1)?;
        let (version, issued, expires) = (fields.take()?, fields.take()?, fields.take()?);
        let rows: Vec<Value> = fields.take()?;
        fields.end()?;
        let keys = rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self {
            version,
            issued,
            expires,
            keys,
            bytes: bytes.to_vec(),
        })
    }

    /// The list's version. Versions only grow.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// When the list was made.
    #[must_use]
    pub const fn issued(&self) -> Time {
        self.issued
    }

    /// The last millisecond at which the list can verify new statements.
    #[must_use]
    pub const fn expires(&self) -> Time {
        self.expires
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// The list as signed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the list had expired at the newest proven time `proven`.
    #[must_use]
    pub fn is_expired(&self, proven: Time) -> bool {
        proven > self.expires
    }

    /// The key with the identifier `kid`, if it has this `purpose` and is valid at `time`.
    pub fn key(
        &self,
        kid: Kid,
        purpose: Purpose,
        time: Time,
    ) -> Result<&PublicKey, SignatureError> {
        let mut refused = SignatureError::UnknownKey;
        for row in self.keys.iter().filter(|row| row.key.kid() == kid) {
            if row.purpose == purpose {
                if (row.from..=row.until).contains(&time) {
                    return Ok(&row.key);
                }
                refused = SignatureError::KeyNotValidThen;
            } else if refused == SignatureError::UnknownKey {
                refused = SignatureError::KeyOfAnotherPurpose;
            }
        }
        Err(refused)
    }

    /// Verifies a Sign1 with embedded payload. The key must have this `purpose` and be valid at `time`.
    pub(crate) fn verify(
        &self,
        sign1: &Sign1,
        purpose: Purpose,
        time: Time,
    ) -> Result<(), SignatureError> {
        sign1.verify(self.key(sign1.kid(), purpose, time)?)
    }
}

fn row(value: Value) -> Result<TrustedKey, TrustError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let kid: Kid = fields.take()?;
    let row = TrustedKey {
        purpose: fields.take::<String>()?.into(),
        key: fields.take()?,
        from: fields.take()?,
        until: fields.take()?,
    };
    fields.end()?;
    if row.key.kid() == kid {
        Ok(row)
    } else {
        Err(TrustError::KidOfAnotherKey)
    }
}

/// The root fingerprint, which is printed beside an activation code so that the app can check which bank it enrols
/// with: the first 130 bits of SHA-256 of the root key, as 26 Crockford characters.
#[must_use]
pub fn root_fingerprint(root: &PublicKey) -> String {
    crockford::encode(Hash::of(root.as_bytes()).as_bytes(), 26)
}
