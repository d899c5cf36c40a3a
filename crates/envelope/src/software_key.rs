//! A P-256 private key in memory.
//!
//! There are two equivalent backends: aws-lc-rs on native targets, p256 in WebAssembly. Both pass the same vectors.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(test, target_arch = "wasm32"))]
mod portable;
#[cfg(test)]
mod tests;

use crate::es256::{Signer, SigningFailed};
#[cfg(not(target_arch = "wasm32"))]
use native::Key;
#[cfg(target_arch = "wasm32")]
use portable::Key;
use rand_core::CryptoRng;
use std::fmt;
use thiserror::Error;
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

/// The bytes are not a P-256 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a P-256 key")]
pub struct NotAKey;

/// A P-256 private key in memory: for the challenge of an enrolment, for devices whose platform stores no keys, and for
/// tests. Like a platform's key it can only sign and agree.
pub struct SoftwareKey {
    scalar: Zeroizing<[u8; 32]>,
    key: Key,
}

impl SoftwareKey {
    /// Makes the key from its scalar, big-endian.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, NotAKey> {
        Ok(Self {
            scalar: Zeroizing::new(*scalar),
            key: Key::from_bytes(scalar)?,
        })
    }

    /// Generates a key.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, NotAKey> {
        let mut scalar = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(&mut *scalar);
            // Only one in 2^32 random scalars is not a key (FIPS 186-5, A.2.2).
            if let Ok(key) = Self::from_bytes(&scalar) {
                return Ok(key);
            }
        }
    }

    /// The scalar, so that the caller can seal and store it.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        self.scalar.clone()
    }

    /// The x coordinate of the Diffie-Hellman result of this key and `public`, as an enclave returns it. Refuses a
    /// point that is not on the curve.
    pub fn agree(&self, public: &PublicKey) -> Result<Zeroizing<[u8; 32]>, NotAKey> {
        self.key.agree(public)
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        self.key.public()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        self.key.sign(message)
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKey")
            .field("public", self.public_key())
            .finish_non_exhaustive()
    }
}
