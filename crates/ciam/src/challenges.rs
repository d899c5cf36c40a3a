//! What devices are asked to answer when they enrol. In memory only: one that is lost is asked for again.

use protocol::http::Challenge;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use types::{Clock, Nonce, Time};
use vault::AgreementKey;

/// How long a challenge may be answered.
const LIFETIME_MS: u64 = 5 * 60_000;

/// How many wait for an answer at once. When more are asked for, the oldest is forgotten, so that whoever asks for very
/// many cannot keep others from being asked; some 8 MiB.
const CHALLENGES_MAX: usize = 16_384;

/// The challenges that were given out. A challenge may be answered more than once in its life, because a device whose
/// answer was lost sends the same bytes again.
pub(crate) struct Challenges {
    clock: Clock,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_nonce: HashMap<Nonce, Arc<AgreementKey>>,
    oldest_first: VecDeque<(Time, Nonce)>,
}

impl Challenges {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            open: Mutex::default(),
        }
    }

    /// Keeps `key` for the answer to `nonce`.
    pub(crate) fn give(&self, nonce: Nonce, key: AgreementKey) -> Challenge {
        let ephemeral = *key.public_key();
        let now = (self.clock)();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.forget_older_than(now.minus_ms(LIFETIME_MS), CHALLENGES_MAX - 1);
        open.by_nonce.insert(nonce, Arc::new(key));
        open.oldest_first.push_back((now, nonce));
        Challenge { nonce, ephemeral }
    }

    /// The ephemeral key that was given with `nonce`, while it may be answered.
    pub(crate) fn key_of(&self, nonce: Nonce) -> Option<Arc<AgreementKey>> {
        let now = (self.clock)();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.forget_older_than(now.minus_ms(LIFETIME_MS), CHALLENGES_MAX);
        open.by_nonce.get(&nonce).cloned()
    }
}

impl Open {
    fn forget_older_than(&mut self, time: Time, left_max: usize) {
        while let Some((given, nonce)) = self.oldest_first.front() {
            if *given >= time && self.oldest_first.len() <= left_max {
                break;
            }
            self.by_nonce.remove(nonce);
            self.oldest_first.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn nonce(number: u64) -> Nonce {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Nonce::new(bytes)
    }

    #[test]
    fn a_challenge_lives_five_minutes() {
        let now = Arc::new(AtomicU64::new(1_000_000));
        let clock = Arc::clone(&now);
        let challenges = Challenges::new(Arc::new(move || {
            Time::from_ms(clock.load(Ordering::SeqCst))
        }));
        let key = AgreementKey::generate().unwrap();
        let public = *key.public_key();
        assert_eq!(challenges.give(nonce(1), key).ephemeral, public);
        let check = |time: u64, known: bool| {
            now.store(time, Ordering::SeqCst);
            assert_eq!(challenges.key_of(nonce(1)).is_some(), known, "{time}");
        };
        check(1_000_000, true);
        check(1_300_000, true);
        check(1_300_001, false);
        assert!(challenges.key_of(nonce(2)).is_none());
    }

    #[test]
    fn when_too_many_wait_the_oldest_is_forgotten() {
        let challenges = Challenges::new(Arc::new(|| Time::from_ms(1)));
        for number in 0..u64::try_from(CHALLENGES_MAX).unwrap() + 2 {
            challenges.give(nonce(number), AgreementKey::generate().unwrap());
        }
        let open = challenges.open.lock().unwrap();
        assert_eq!(open.by_nonce.len(), CHALLENGES_MAX);
        assert_eq!(open.oldest_first.len(), CHALLENGES_MAX);
        assert!(!open.by_nonce.contains_key(&nonce(1)));
        assert!(open.by_nonce.contains_key(&nonce(2)));
    }
}
