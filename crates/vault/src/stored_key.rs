//! A service's signing keys: stored wrapped, each valid for a time, replaced by a successor, and then destroyed.

use crate::{SigningKey, Vault, VaultError, Wrapped};
use envelope::Signer as _;
use types::{PublicKey, Time};

/// A signing key as a row of a service's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The public key.
    pub public: PublicKey,
    /// The private key, wrapped for its use. `None` after it was destroyed.
    pub wrapped: Option<Wrapped>,
    /// The earliest time that the key may sign.
    pub from: Time,
    /// The latest time that the key may sign.
    pub until: Time,
}

/// A signing key in memory.
#[derive(Debug)]
pub struct OwnKey {
    /// The public key.
    pub public: PublicKey,
    /// The earliest time that the key may sign.
    pub from: Time,
    /// The latest time that the key may sign.
    pub until: Time,
    private: Option<SigningKey>,
}

impl OwnKey {
    /// The key, for signing a statement with this time. `None` if the key is not valid at that time or its private key
    /// is destroyed.
    #[must_use]
    pub fn signer_at(&self, time: Time) -> Option<&SigningKey> {
        let signs = (self.from..=self.until).contains(&time);
        self.private.as_ref().filter(|_| signs)
    }

    /// Whether the private key should be destroyed, because nothing will be signed with it again. `successors` are the
    /// start times of the other usable keys; one of them must have been valid for `settled_ms`. So if the clock was
    /// ahead for a moment, no key is destroyed that is needed when the clock is right again.
    pub fn is_spent(
        &self,
        successors: impl IntoIterator<Item = Time>,
        now: Time,
        settled_ms: u64,
    ) -> bool {
        self.private.is_some()
            && self.until < now
            && successors
                .into_iter()
                .any(|since| since.plus_ms(settled_ms) <= now)
    }
}

impl StoredKey {
    /// Makes a key that may sign from `from` until `until`. `used_for` names the service and what it signs; the wrapped
    /// key opens only for that use.
    pub async fn make(
        vault: &dyn Vault,
        used_for: &str,
        (from, until): (Time, Time),
    ) -> Result<Self, VaultError> {
        let key = SigningKey::generate()?;
        let public = *key.public_key();
        let secret = key.to_secret_bytes()?;
        let wrapped = vault.wrap(&context(used_for, &public), &secret).await?;
        Ok(Self {
            public,
            wrapped: Some(wrapped),
            from,
            until,
        })
    }

    /// Unwraps the key.
    pub async fn open(&self, vault: &dyn Vault, used_for: &str) -> Result<OwnKey, VaultError> {
        let private = match &self.wrapped {
            None => None,
            Some(wrapped) => {
                let context = context(used_for, &self.public);
                let secret = vault.unwrap(&context, wrapped).await?;
                Some(SigningKey::from_secret_bytes(&secret)?)
            }
        };
        Ok(OwnKey {
            public: self.public,
            from: self.from,
            until: self.until,
            private,
        })
    }

    /// Wraps the private key again, with the vault's newest key-encryption key. Returns `None` if it is already wrapped
    /// with that one, or if it was destroyed.
    pub async fn rewrapped(
        &self,
        vault: &dyn Vault,
        used_for: &str,
    ) -> Result<Option<Wrapped>, VaultError> {
        let newest = vault.newest().await?;
        let Some(wrapped) = self.wrapped.as_ref().filter(|old| old.key != newest) else {
            return Ok(None);
        };
        let context = context(used_for, &self.public);
        let secret = vault.unwrap(&context, wrapped).await?;
        vault.wrap(&context, &secret).await.map(Some)
    }
}

/// Whether a key must be made now. `keys` are the times of validity of the existing ones; a successor is needed if none
/// of them is valid both now and in `lead_ms`. A key that begins later was made while the clock was ahead and does not
/// count.
pub fn needs_successor(
    keys: impl IntoIterator<Item = (Time, Time)>,
    now: Time,
    lead_ms: u64,
) -> bool {
    let lasts = |(from, until): (Time, Time)| from <= now && until > now.plus_ms(lead_ms);
    !keys.into_iter().any(lasts)
}

fn context(used_for: &str, public: &PublicKey) -> Vec<u8> {
    format!("{used_for} key {}", public.kid()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{OwnKey, needs_successor};
    use crate::SigningKey;
    use envelope::Signer as _;
    use types::Time;

    const fn ms(ms: u64) -> Time {
        Time::from_ms(ms)
    }

    #[test]
    fn a_key_is_needed_if_none_is_valid_now_and_for_the_lead_time() {
        let check = |keys: &[(u64, u64)], needed: bool| {
            let keys = keys.iter().map(|(from, until)| (ms(*from), ms(*until)));
            assert_eq!(needs_successor(keys, ms(1_000), 100), needed);
        };
        check(&[], true);
        check(&[(1_000, 1_101)], false);
        check(&[(0, 1_100)], true);
        check(&[(0, 900)], true);
        check(&[(1_001, 9_000)], true);
        check(&[(0, 900), (1_001, 9_000), (500, 2_000)], false);
    }

    #[test]
    fn a_key_signs_while_valid_and_is_spent_when_a_successor_has_settled() {
        let key = SigningKey::generate().unwrap();
        let own = OwnKey {
            public: *key.public_key(),
            from: ms(100),
            until: ms(200),
            private: Some(key),
        };
        for (time, signs) in [(99, false), (100, true), (200, true), (201, false)] {
            assert_eq!(own.signer_at(ms(time)).is_some(), signs, "{time}");
        }
        let spent = |successor: u64, now: u64| own.is_spent([ms(successor)], ms(now), 50);
        assert!(!spent(140, 200), "it signs still");
        assert!(spent(151, 201));
        assert!(!spent(152, 201), "the successor has not settled");
        assert!(!own.is_spent([], ms(9_000), 50));
        let destroyed = OwnKey {
            private: None,
            ..own
        };
        assert!(destroyed.signer_at(ms(150)).is_none());
        assert!(!destroyed.is_spent([ms(0)], ms(9_000), 50));
    }
}
