//! A P-256 key in memory for key agreement: the ephemeral key of an enrolment challenge.

use crate::VaultError;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use std::fmt;
use types::PublicKey;
use zeroize::Zeroizing;

/// A private P-256 key for ECDH (NIST SP 800-56A, 5.7.1.2).
pub struct AgreementKey {
    private: PrivateKey,
    public: PublicKey,
}

impl AgreementKey {
    /// Generates a key.
    pub fn generate() -> Result<Self, VaultError> {
        let private = PrivateKey::generate(&ECDH_P256).map_err(|_| VaultError::Key)?;
        Self::of(private)
    }

    /// The key with this scalar, big-endian; an error for the one in 2^32 that are none of the curve's.
    pub fn from_secret(scalar: &[u8; 32]) -> Result<Self, VaultError> {
        let private = PrivateKey::from_private_key(&ECDH_P256, scalar);
        Self::of(private.map_err(|_| VaultError::Key)?)
    }

    fn of(private: PrivateKey) -> Result<Self, VaultError> {
        let public = private.compute_public_key().map_err(|_| VaultError::Key)?;
        let public = PublicKey::try_from(public.as_ref()).map_err(|_| VaultError::Key)?;
        Ok(Self { private, public })
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The x coordinate that this key and `peer` agree on. Fails if `peer` is not a point on the curve.
    pub fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let peer = UnparsedPublicKey::new(&ECDH_P256, peer.as_bytes());
        agree(&self.private, peer, VaultError::Key, |x| {
            <[u8; 32]>::try_from(x)
                .map(Zeroizing::new)
                .map_err(|_| VaultError::Key)
        })
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgreementKey")
            .field("public", &self.public.kid())
            .finish_non_exhaustive()
    }
}
