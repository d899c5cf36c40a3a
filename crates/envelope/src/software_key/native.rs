//! A private key in memory, by aws-lc-rs.

use super::NotAKey;
use crate::es256::SigningFailed;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

pub(super) struct Key {
    signing: EcdsaKeyPair,
    agreement: PrivateKey,
    public: PublicKey,
}

impl Key {
    pub(super) fn from_bytes(scalar: &[u8; 32]) -> Result<Self, NotAKey> {
        let agreement = PrivateKey::from_private_key(&ECDH_P256, scalar).map_err(|_| NotAKey)?;
        let public = agreement.compute_public_key().map_err(|_| NotAKey)?;
        let public = PublicKey::try_from(public.as_ref()).map_err(|_| NotAKey)?;
        let signing = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            public.as_bytes(),
        )
        .map_err(|_| NotAKey)?;
        Ok(Self {
            signing,
            agreement,
            public,
        })
    }

    pub(super) const fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn agree(&self, public: &PublicKey) -> Result<Zeroizing<[u8; 32]>, NotAKey> {
        // Other encodings of a SEC1 point can have the same length. Only the uncompressed form is accepted.
        if public.as_bytes().first() != Some(&4) {
            return Err(NotAKey);
        }
        let peer = UnparsedPublicKey::new(&ECDH_P256, public.as_bytes());
        agree(&self.agreement, peer, NotAKey, |x| {
            <[u8; 32]>::try_from(x)
                .map(Zeroizing::new)
                .map_err(|_| NotAKey)
        })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        let signature = self
            .signing
            .sign(&SystemRandom::new(), message)
            .map_err(|_| SigningFailed)?;
        Signature::try_from(signature.as_ref()).map_err(|_| SigningFailed)
    }
}
