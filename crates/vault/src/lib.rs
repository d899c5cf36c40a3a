//! The port to the bank's long-lived keys (root and key-encryption keys): wrap, unwrap, sign, MAC.
//!
//! The port is [`Vault`]. In development it is a file; later PKCS#11 or a key management service. Root and
//! key-encryption keys never leave it. A key that signs or opens thousands of times per second is a [`SigningKey`] or a
//! symmetric key: the service stores it wrapped in its own table and keeps it unwrapped in memory.
//!
//! Invariants: a wrapped secret opens only with the context that it was wrapped for; each wrapped secret names its
//! key-encryption key, so that keys can be rotated and old ones destroyed; no secret is printed.
//!
//! ```
//! # async fn example(vault: &dyn vault::Vault) -> Result<(), vault::VaultError> {
//! let wrapped = vault.wrap(b"message key of channel 1, epoch 1", &[7; 32]).await?;
//! assert_eq!(*vault.unwrap(b"message key of channel 1, epoch 1", &wrapped).await?, [7; 32]);
//! assert!(vault.unwrap(b"message key of channel 2, epoch 1", &wrapped).await.is_err());
//! # Ok(()) }
//! ```

mod agreement_key;
mod file;
mod port;
mod signing_key;
mod stored_key;

pub use agreement_key::AgreementKey;
pub use file::FileVault;
pub use port::{MacKey, Vault, VaultError, Wrapped};
pub use signing_key::SigningKey;
pub use stored_key::{OwnKey, StoredKey, needs_successor};
