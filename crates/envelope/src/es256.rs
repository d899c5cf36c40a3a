//! ES256: ECDSA with P-256 and SHA-256, signatures as r‖s (RFC 7518, 3.4).
//!
//! Verification is one function with two backends: aws-lc-rs where there is one, p256 in WebAssembly. The same
//! vectors are run through both.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(test, target_arch = "wasm32"))]
mod portable;
#[cfg(test)]
mod tests;

use thiserror::Error;
use types::{PublicKey, Signature};

/// A key failed to sign: its holder is broken or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key did not sign")]
pub struct SigningFailed;

/// A private P-256 key that signs, wherever it is kept.
pub trait Signer {
    /// Its public key.
    fn public_key(&self) -> &PublicKey;

    /// The ES256 signature of `message`, hashing included.
    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed>;
}

/// Whether `signature` is `key`'s over `message`. High s is accepted; a point that is not on the curve is not.
#[must_use]
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    // A SEC1 point has other forms of the same length elsewhere; only the uncompressed one is ours.
    if key.as_bytes().first() != Some(&4) {
        return false;
    }
    #[cfg(not(target_arch = "wasm32"))]
    return native::verify(key, message, signature);
    #[cfg(target_arch = "wasm32")]
    return portable::verify(key, message, signature);
}
