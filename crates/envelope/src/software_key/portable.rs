//! A private key in memory in pure Rust, by p256.

use super::NotAKey;
use crate::es256::SigningFailed;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey};
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

pub(super) struct Key {
    secret: SecretKey,
    signing: SigningKey,
    public: PublicKey,
}

impl Key {
    pub(super) fn from_bytes(scalar: &[u8; 32]) -> Result<Self, NotAKey> {
        let secret = SecretKey::from_slice(scalar).map_err(|_| NotAKey)?;
        let signing = SigningKey::from(&secret);
        let sec1 = signing.verifying_key().to_sec1_bytes();
        let public = PublicKey::try_from(sec1.as_ref()).map_err(|_| NotAKey)?;
        Ok(Self {
            secret,
            signing,
            public,
        })
    }

    pub(super) const fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn agree(&self, public: &PublicKey) -> Result<Zeroizing<[u8; 32]>, NotAKey> {
        let public = p256::PublicKey::from_sec1_bytes(public.as_bytes()).map_err(|_| NotAKey)?;
        let shared = self.secret.diffie_hellman(&public);
        Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        let signature: EcdsaSignature =
            self.signing.try_sign(message).map_err(|_| SigningFailed)?;
        Ok(Signature::new(signature.to_bytes().into()))
    }
}
