//! Signing keys as a service keeps them: wrapped, each for a time, followed by another, and then destroyed.

use crate::{SigningKey, Vault, VaultError, Wrapped};
use envelope::Signer as _;
use types::{PublicKey, Time};

/// A signing key as a row of a service's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// Its public half.
    pub public: PublicKey,
    /// The private half, wrapped for what it is used for; none once it was destroyed.
    pub wrapped: Option<Wrapped>,
    /// The first millisecond in which it signs.
    pub from: Time,
    /// The last.
    pub until: Time,
}

/// A signing key in memory.
#[derive(Debug)]
pub struct OwnKey {
    /// Its public half.
    pub public: PublicKey,
    /// The first millisecond in which it signs.
    pub from: Time,
    /// The last.
    pub until: Time,
    private: Option<SigningKey>,
}

impl OwnKey {
    /// The key, to sign something of that time with; none where the time is not the key's, or the private half is
    /// destroyed.
    #[must_use]
    pub fn signer_at(&self, time: Time) -> Option<&SigningKey> {
        let signs = (self.from..=self.until).contains(&time);
        self.private.as_ref().filter(|_| signs)
    }

    /// Whether the private half is to be destroyed: nothing will be signed with it any more. `successors` are the times
    /// from which other keys sign that sign now; one of them has done so for `settled_ms`. So a clock that was ahead for a
    /// moment destroys nothing that is needed when it is right again.
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

impl KeptKey {
    /// Makes a key that signs from `from` until `until`. `used_for` names the service and what it signs with the key; it
    /// opens for that alone.
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

    /// Unwraps it.
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

    /// The private half under the vault's newest key-encryption key; none where it is already, or was destroyed.
    pub async fn wrapped_anew(
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

/// Whether a key is to be made now, of keys that sign from and until those times: none signs now and for `lead_ms` more.
/// A key that begins later was made while the clock was ahead, and helps nobody now.
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
    fn a_key_is_needed_where_none_signs_now_and_for_long_enough() {
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
    fn a_key_signs_in_its_time_and_is_spent_once_a_successor_has_settled() {
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
