//! Verified tokens: each token is verified once, and found by its hash from then on.

use super::bound::Bound;
use crate::admission::{Rate, Spent};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use token::Jwks;
use tokio::time::Instant;
use types::{Hash, Kid, Time};

/// Maximum stored tokens: about 60 MB when full.
pub(super) const TOKENS_MAX: usize = 1 << 17;

/// Rate of proofs with invalid signatures per token. A thief who has only the token can make the server verify this
/// many signatures.
const FORGED_PROOFS: Rate = Rate {
    per_second: 1,
    burst: 16,
};

/// Verified tokens until they expire. Revocation of the device, and whether the issuer still lists the signing key, are
/// checked for each request. When too many tokens are stored, the first to expire is removed.
pub(super) struct Remembered<T> {
    max: usize,
    tokens: HashMap<Hash, Known<T>>,
    ends: BTreeSet<(Time, Hash)>,
}

struct Known<T> {
    token: Arc<T>,
    key: Kid,
    forged_proofs: Spent,
}

impl<T: Bound> Remembered<T> {
    /// Starts empty. Stores at most `max` tokens.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            tokens: HashMap::new(),
            ends: BTreeSet::new(),
        }
    }

    /// The token with that hash, if its key is still listed and it has not expired.
    pub(super) fn find(&mut self, hash: Hash, listed: &Jwks, now: Time) -> Option<Arc<T>> {
        self.forget_expired(now);
        let known = self.tokens.get(&hash)?;
        listed.find(known.key)?;
        Some(Arc::clone(&known.token))
    }

    /// Stores a token that was verified with `key`.
    pub(super) fn insert(&mut self, hash: Hash, token: Arc<T>, key: Kid) {
        while self.tokens.len() >= self.max {
            let Some((_, first)) = self.ends.pop_first() else {
                return;
            };
            self.tokens.remove(&first);
        }
        self.ends.insert((token.expires(), hash));
        let known = Known {
            token,
            key,
            forged_proofs: Spent::default(),
        };
        self.tokens.insert(hash, known);
    }

    /// Whether another proof with the token may be verified. Otherwise returns the waiting time.
    pub(super) fn check_forged_proofs(&self, hash: Hash, now: Instant) -> Result<(), Duration> {
        let known = self.tokens.get(&hash);
        known.map_or(Ok(()), |known| {
            known.forged_proofs.check(1, FORGED_PROOFS, now)
        })
    }

    /// Counts a proof whose signature was not by the token's key.
    pub(super) fn count_forged_proof(&mut self, hash: Hash, now: Instant) {
        if let Some(known) = self.tokens.get_mut(&hash) {
            // Proofs that are verified concurrently may slightly exceed the rate.
            let _beyond = known.forged_proofs.spend(1, FORGED_PROOFS, now).is_err();
        }
    }

    fn forget_expired(&mut self, now: Time) {
        let is_over = |(expires, _): &(Time, Hash)| *expires <= now;
        while self.ends.first().is_some_and(is_over) {
            if let Some((_, hash)) = self.ends.pop_first() {
                self.tokens.remove(&hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envelope::{Signer as _, SoftwareKey};
    use token::ChannelToken;
    use types::DeviceId;

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    fn token(key: &SoftwareKey, expires: Time) -> Arc<ChannelToken> {
        Arc::new(ChannelToken {
            issuer: "https://bank.example".into(),
            audience: "passbook".into(),
            subject: "pairwise".into(),
            device: DeviceId::at(NOW, [1; 10]),
            channels: Vec::new(),
            session: key.public_key().thumbprint(),
            issued: NOW,
            expires,
            id: "id".into(),
        })
    }

    #[test]
    fn a_token_is_remembered_until_it_expires_and_while_its_key_is_listed() {
        let key = SoftwareKey::from_bytes(&[1; 32]).unwrap();
        let kid = key.public_key().kid();
        let listed = Jwks::new(vec![*key.public_key()]);
        let mut remembered = Remembered::new(2);
        let hash = |name: &str| Hash::of(name.as_bytes());
        let expires = NOW.plus_ms(1_000);
        remembered.insert(hash("a"), token(&key, expires), kid);
        let last = NOW.plus_ms(999);
        assert!(remembered.find(hash("a"), &listed, last).is_some());
        assert!(remembered.find(hash("a"), &Jwks::default(), NOW).is_none());
        assert!(remembered.find(hash("b"), &listed, NOW).is_none());
        remembered.insert(hash("b"), token(&key, NOW.plus_ms(500)), kid);
        remembered.insert(hash("c"), token(&key, NOW.plus_ms(2_000)), kid);
        assert!(
            remembered.find(hash("b"), &listed, NOW).is_none(),
            "it would expire first"
        );
        assert!(remembered.find(hash("a"), &listed, expires).is_none());
        assert_eq!(remembered.tokens.len(), 1, "expired tokens are removed");
        assert_eq!(remembered.ends.len(), 1);
    }

    #[test]
    fn forged_proofs_of_a_token_have_a_rate() {
        let key = SoftwareKey::from_bytes(&[1; 32]).unwrap();
        let mut remembered = Remembered::new(2);
        let hash = Hash::of(b"a");
        remembered.insert(
            hash,
            token(&key, NOW.plus_ms(1_000)),
            key.public_key().kid(),
        );
        let now = Instant::now();
        for _ in 0..FORGED_PROOFS.burst {
            assert_eq!(remembered.check_forged_proofs(hash, now), Ok(()));
            remembered.count_forged_proof(hash, now);
        }
        assert!(remembered.check_forged_proofs(hash, now).is_err());
        let later = now + Duration::from_secs(1);
        assert_eq!(remembered.check_forged_proofs(hash, later), Ok(()));
    }
}
