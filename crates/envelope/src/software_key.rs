//! A P-256 private key in memory.

#[cfg(test)]
mod tests;

use crate::es256::{Signer, SigningFailed};
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey};
use p256::elliptic_curve::Generate as _;
use rand_core::CryptoRng;
use std::fmt;
use thiserror::Error;
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

/// Bytes that are no P-256 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a P-256 key")]
pub struct NotAKey;

/// A P-256 private key in memory, in Rust alone: for the challenge of an enrolment, for devices whose platform keeps
/// no keys, and for tests. It does what a platform's key does: it signs, or it agrees.
pub struct SoftwareKey {
    secret: SecretKey,
    signing: SigningKey,
    public: PublicKey,
}

impl SoftwareKey {
    /// From its scalar, big-endian.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, NotAKey> {
        Self::of(SecretKey::from_slice(scalar).map_err(|_| NotAKey)?)
    }

    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, NotAKey> {
        Self::of(SecretKey::generate_from_rng(rng))
    }

    fn of(secret: SecretKey) -> Result<Self, NotAKey> {
        let signing = SigningKey::from(&secret);
        let sec1 = signing.verifying_key().to_sec1_bytes();
        let public = PublicKey::try_from(sec1.as_ref()).map_err(|_| NotAKey)?;
        Ok(Self {
            secret,
            signing,
            public,
        })
    }

    /// Its scalar, to be sealed and kept.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes().into())
    }

    /// The x coordinate of the Diffie-Hellman of this key and `public`, as enclaves return it. A point that is not on
    /// the curve is refused.
    pub fn agree(&self, public: &PublicKey) -> Result<Zeroizing<[u8; 32]>, NotAKey> {
        let public = p256::PublicKey::from_sec1_bytes(public.as_bytes()).map_err(|_| NotAKey)?;
        let shared = self.secret.diffie_hellman(&public);
        Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        let signature: EcdsaSignature =
            self.signing.try_sign(message).map_err(|_| SigningFailed)?;
        Ok(Signature::new(signature.to_bytes().into()))
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
