//! A P-256 signing key in memory.

use crate::VaultError;
use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use envelope::{Signer, SigningFailed};
use std::fmt;
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

const SCALAR: usize = 32;

/// A private P-256 key that signs many times: head, grant, device and token keys. It is stored wrapped.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// Generates a key.
    pub fn generate() -> Result<Self, VaultError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| VaultError::Key)?;
        Self::of(pair)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Self, VaultError> {
        let public =
            PublicKey::try_from(pair.public_key().as_ref()).map_err(|_| VaultError::Key)?;
        Ok(Self { pair, public })
    }

    /// The secret to wrap: the scalar, then the public key.
    pub fn to_secret_bytes(&self) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let scalar: EcPrivateKeyBin<'_> = self
            .pair
            .private_key()
            .as_be_bytes()
            .map_err(|_| VaultError::Key)?;
        Ok(Zeroizing::new(
            [scalar.as_ref(), self.public.as_bytes()].concat(),
        ))
    }

    /// Restores the key from the result of [`Self::to_secret_bytes`].
    pub fn from_secret_bytes(secret: &[u8]) -> Result<Self, VaultError> {
        let (scalar, public) = secret.split_at_checked(SCALAR).ok_or(VaultError::Key)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            public,
        )
        .map_err(|_| VaultError::Key)?;
        Self::of(pair)
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message)
            .map_err(|_| SigningFailed)?;
        Signature::try_from(signature.as_ref()).map_err(|_| SigningFailed)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.public.kid())
            .finish_non_exhaustive()
    }
}
