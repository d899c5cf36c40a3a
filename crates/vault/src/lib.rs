//! Root and key-encryption keys: wrap, unwrap, sign, mac.
//!
//! The port is [`Vault`]; in development it is a file, elsewhere PKCS#11 or a key management service. Root and
//! key-encryption keys never leave it. What has to sign or open thousands of times a second is a [`SigningKey`] or a
//! symmetric key that a service keeps wrapped in its own table and unwrapped in memory.
//!
//! Invariants: what is wrapped opens only under the context it was wrapped for; each wrapped secret names its
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
mod kept_key;
mod port;
mod signing_key;

pub use agreement_key::AgreementKey;
pub use file::FileVault;
pub use kept_key::{KeptKey, OwnKey, needs_successor};
pub use port::{MacKey, Vault, VaultError, Wrapped};
pub use signing_key::SigningKey;
