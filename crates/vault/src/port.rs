//! The port to wherever the bank's long-lived keys are.

use async_trait::async_trait;
use std::path::PathBuf;
use thiserror::Error;
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

/// Why the vault did not do what it was asked.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The secret does not open: it was altered, or wrapped for another context.
    #[error("a wrapped secret does not open under this context")]
    DoesNotOpen,
    /// The key-encryption key is not there any more.
    #[error("key-encryption key {0} was destroyed")]
    Destroyed(u32),
    /// The key that new secrets are wrapped under cannot be destroyed.
    #[error("key-encryption key {0} is in use; rotate first")]
    InUse(u32),
    /// A key did not sign or was not accepted.
    #[error("a key of the vault does not work")]
    Key,
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// The file is not a vault, or cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
        /// What the system says.
        #[source]
        source: Option<std::io::Error>,
    },
}

/// A secret under a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Which key-encryption key.
    pub key: u32,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

/// What a keyed hash is for: each purpose has a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacKey {
    /// DPoP nonces, shared by all nodes.
    DpopNonce,
    /// Challenges of enrolments, shared by all nodes.
    Challenge,
    /// Activation codes as they are kept.
    ActivationCode,
    /// The reference that stands for a customer in a token.
    PairwiseSubject,
    /// Sealing of personal columns.
    SealedColumns,
    /// Sealing of events on their way from the core bank.
    Relay,
    /// Which deployment the vault belongs to.
    Deployment,
}

impl MacKey {
    pub(crate) const fn info(self) -> &'static [u8] {
        match self {
            Self::DpopNonce => b"passbook vault dpop nonce",
            Self::Challenge => b"passbook vault challenge",
            Self::ActivationCode => b"passbook vault activation code",
            Self::PairwiseSubject => b"passbook vault pairwise subject",
            Self::SealedColumns => b"passbook vault sealed columns",
            Self::Relay => b"passbook vault relay",
            Self::Deployment => b"passbook vault deployment",
        }
    }
}

/// The bank's long-lived keys.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Wraps `secret` for `context` under the newest key-encryption key.
    async fn wrap(&self, context: &[u8], secret: &[u8]) -> Result<Wrapped, VaultError>;

    /// Opens what was wrapped for `context`.
    async fn unwrap(
        &self,
        context: &[u8],
        wrapped: &Wrapped,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// The number of the key-encryption key that secrets are wrapped under now: what names an older one is to be wrapped
    /// again, so that the older one can be destroyed.
    async fn newest(&self) -> Result<u32, VaultError>;

    /// HMAC-SHA256 of `data` under the key for that purpose. It may be a key itself.
    async fn mac(&self, key: MacKey, data: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError>;

    /// The public keys of the root and its successor.
    async fn roots(&self) -> Result<[PublicKey; 2], VaultError>;

    /// The root's ES256 signature. Only trust lists are signed with it.
    async fn sign_as_root(&self, message: &[u8]) -> Result<Signature, VaultError>;

    /// Makes a new key-encryption key, under which is wrapped from now on; answers its number.
    async fn rotate(&self) -> Result<u32, VaultError>;

    /// Destroys an old key-encryption key: what is still wrapped under it is lost.
    async fn destroy(&self, key: u32) -> Result<(), VaultError>;
}
