//! The device, and what unlocks it.

use serde::{Deserialize, Serialize};
use std::fmt;
use types::{CustomerId, DeviceId};

/// This device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub device: DeviceId,
    /// The customer.
    pub customer: CustomerId,
}

/// What releases the storage key.
#[derive(Clone, Serialize, Deserialize)]
pub enum Lock {
    /// A password, stretched by Argon2id.
    Password(String),
    /// The output of a passkey's PRF extension (WebAuthn Level 3, 10.1.4): 32 bytes, with the credential's id.
    Passkey {
        /// The credential.
        credential: Vec<u8>,
        /// The secret.
        secret: [u8; 32],
    },
}

/// The storage key, while the passbook is unlocked.
#[derive(Clone, Serialize, Deserialize)]
pub struct Unlocked(pub [u8; 32]);

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock(redacted)")
    }
}

impl fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unlocked(redacted)")
    }
}
