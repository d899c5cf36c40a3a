//! The port to the bank's long-lived keys.

use async_trait::async_trait;
use std::path::PathBuf;
use thiserror::Error;
use types::{PublicKey, Signature};
use zeroize::Zeroizing;

/// Why the vault failed.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The secret does not open: it was altered, or wrapped for another context.
    #[error("a wrapped secret does not open in this context")]
    DoesNotOpen,
    /// The key-encryption key was destroyed.
    #[error("key-encryption key {0} was destroyed")]
    Destroyed(u32),
    /// This key-encryption key wraps new secrets and cannot be destroyed.
    #[error("key-encryption key {0} is in use; rotate first")]
    InUse(u32),
    /// A key did not sign, or is not valid.
    #[error("a key of the vault does not work")]
    Key,
    /// The system returned no random bytes.
    #[error("the system returns no random bytes")]
    Randomness,
    /// The file is not a vault, or cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
        /// The system's error.
        #[source]
        source: Option<std::io::Error>,
    },
}

/// A secret, wrapped with a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The number of the key-encryption key.
    pub key: u32,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

/// The purpose of a MAC. Each purpose has its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacKey {
    /// DPoP nonces, shared by all nodes.
    DpopNonce,
    /// Challenges of enrolments, shared by all nodes.
    Challenge,
    /// Activation codes as stored.
    ActivationCode,
    /// The pairwise reference to a customer in a token.
    PairwiseSubject,
    /// The sealing of personal columns.
    SealedColumns,
    /// The sealing of events between core bank and notification.
    Relay,
    /// The deployment that the vault belongs to.
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
    /// Wraps `secret` for `context` with the newest key-encryption key.
    async fn wrap(&self, context: &[u8], secret: &[u8]) -> Result<Wrapped, VaultError>;

    /// Unwraps a secret that was wrapped for `context`.
    async fn unwrap(
        &self,
        context: &[u8],
        wrapped: &Wrapped,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// The number of the key-encryption key that wraps new secrets. Secrets with an older one should be wrapped again,
    /// so that the older one can be destroyed.
    async fn newest(&self) -> Result<u32, VaultError>;

    /// HMAC-SHA256 of `data` with the key for this purpose. The result may be used as a key.
    async fn mac(&self, key: MacKey, data: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError>;

    /// The public keys of the root and its successor.
    async fn roots(&self) -> Result<[PublicKey; 2], VaultError>;

    /// The root's ES256 signature. The root signs only trust lists.
    async fn sign_as_root(&self, message: &[u8]) -> Result<Signature, VaultError>;

    /// Makes a new key-encryption key, which wraps all new secrets, and returns its number.
    async fn rotate(&self) -> Result<u32, VaultError>;

    /// Destroys an old key-encryption key. Secrets that are still wrapped with it are lost.
    async fn destroy(&self, key: u32) -> Result<(), VaultError>;
}
