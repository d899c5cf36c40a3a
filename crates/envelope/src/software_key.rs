//! A P-256 private key in memory.
//!
//! Two backends do the same: aws-lc-rs where there is one, p256 in WebAssembly. The same vectors are run through both.

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

/// Bytes that are no P-256 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a P-256 key")]
pub struct NotAKey;

/// A P-256 private key in memory: for the challenge of an enrolment, for devices whose platform keeps no keys, and for
/// tests. It does what a platform's key does: it signs, or it agrees.
pub struct SoftwareKey {
    scalar: Zeroizing<[u8; 32]>,
    key: Key,
}

impl SoftwareKey {
    /// From its scalar, big-endian.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, NotAKey> {
        Ok(Self {
            scalar: Zeroizing::new(*scalar),
            key: Key::from_bytes(scalar)?,
        })
    }

    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, NotAKey> {
        let mut scalar = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(&mut *scalar);
            // All but one in 2^32 random scalars are keys (FIPS 186-5, A.2.2).
            if let Ok(key) = Self::from_bytes(&scalar) {
                return Ok(key);
            }
        }
    }

    /// Its scalar, to be sealed and kept.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        self.scalar.clone()
    }

    /// The x coordinate of the Diffie-Hellman of this key and `public`, as enclaves return it. A point that is not on
    /// the curve is refused.
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
