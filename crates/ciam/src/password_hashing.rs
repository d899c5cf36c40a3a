//! Hashes passwords: Argon2id (RFC 9106) with 19 MiB and two passes, as the OWASP Password Storage Cheat Sheet has it.

use crate::errors::Failure;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use std::sync::{Arc, LazyLock};
use std::thread;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

const SALT_BYTES: usize = 16;

/// The hash of no password. Verifying against it takes as long as against any other.
static DECOY: LazyLock<Option<String>> = LazyLock::new(|| hashed("", &[0; SALT_BYTES]));

/// A password. It is wiped from memory.
pub(crate) type Password = Zeroizing<String>;

/// Hashes as many passwords at once as there are processors, each in 19 MiB.
pub(crate) struct PasswordHashing(Arc<Semaphore>);

impl PasswordHashing {
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        LazyLock::force(&DECOY);
        Self(Arc::new(Semaphore::new(processors)))
    }

    /// The hash of a password, as a PHC string.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Failure> {
        let salt: [u8; SALT_BYTES] = crate::random::random()?;
        let hash = self.run(move || hashed(&password, &salt)).await?;
        hash.ok_or(Failure::NotHashed)
    }

    /// Whether the password has that hash. Without a hash the answer is no, after the same time.
    pub(crate) async fn verify(
        &self,
        password: Password,
        hash: Option<Password>,
    ) -> Result<bool, Failure> {
        self.run(move || {
            let of = hash.as_deref().map(String::as_str).or(DECOY.as_deref());
            let of = PasswordHash::new(of?).ok()?;
            let verified = Argon2::default().verify_password(password.as_bytes(), &of);
            Some(verified.is_ok() && hash.is_some())
        })
        .await?
        .ok_or(Failure::NotHashed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let permit = permit.map_err(|_| Failure::Ended)?;
        // A caller who goes away ends no hashing, so the permit goes with the work.
        let permitted = move || {
            let _permit = permit;
            work()
        };
        let done = tokio::task::spawn_blocking(permitted).await;
        done.map_err(|_| Failure::Ended)
    }
}

fn hashed(password: &str, salt: &[u8]) -> Option<String> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    Some(hash.ok()?.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_of_one_password_alone() {
        let hashing = PasswordHashing::new();
        let password = |text: &str| Zeroizing::new(text.to_owned());
        let hash = hashing.hash(password("twelve chars")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hashing.hash(password("twelve chars")).await.unwrap(), hash);
        for (text, expected) in [("twelve chars", true), ("twelve char", false)] {
            let verified = hashing.verify(password(text), Some(password(&hash)));
            assert_eq!(verified.await.unwrap(), expected);
        }
        for text in ["", "twelve chars"] {
            let without = hashing.verify(password(text), None);
            assert!(!without.await.unwrap());
        }
    }
}
