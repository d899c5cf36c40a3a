//! ES256: ECDSA with P-256 and SHA-256, signatures as r‖s (RFC 7518, 3.4).
//!
//! Verification has two backends: aws-lc-rs on native targets, p256 in WebAssembly. Both pass the same vectors.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(test, target_arch = "wasm32"))]
mod portable;
#[cfg(test)]
mod tests;

use thiserror::Error;
use types::{PublicKey, Signature};

/// The key did not produce a signature: the platform that stores it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key did not sign")]
pub struct SigningFailed;

/// A private P-256 key that can sign, wherever it is stored.
pub trait Signer {
    /// The public key.
    fn public_key(&self) -> &PublicKey;

    /// The ES256 signature of `message`. The key hashes the message itself.
    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed>;
}

/// Whether `signature` is a signature of `message` by `key`. Accepts high s. Refuses a point that is not on the curve.
#[must_use]
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    // Other encodings of a SEC1 point can have the same length. Only the uncompressed form is accepted.
    if key.as_bytes().first() != Some(&4) {
        return false;
    }
    #[cfg(not(target_arch = "wasm32"))]
    return native::verify(key, message, signature);
    #[cfg(target_arch = "wasm32")]
    return portable::verify(key, message, signature);
}
