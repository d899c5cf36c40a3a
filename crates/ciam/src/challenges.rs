//! What devices are asked to answer when they enrol. A challenge that was given out needs no memory: all of it follows
//! from its nonce and a key of the bank's.

use crate::ciam::random;
use crate::errors::Failure;
use envelope::HmacSha256;
use protocol::cbor_array;
use protocol::http::Challenge;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::{Clock, Hash, Nonce, Time};
use vault::AgreementKey;
use zeroize::Zeroizing;

/// How long a challenge may be answered.
const LIFETIME_MS: u64 = 5 * 60_000;

/// How far the clock of the node that gave a challenge may be ahead.
const AHEAD_MS: u64 = 10_000;

/// Of a nonce's 16 bytes: the time in milliseconds, randomness, and what is left for a MAC over both.
const TIME: usize = 6;
const RANDOM: usize = 4;

/// The challenges of all nodes with the same key.
///
/// A nonce is the time, randomness, and a MAC over both: what nobody gave out costs one HMAC to refuse. The ephemeral key
/// follows from the nonce under the same key, and the device signs both, so that a device that proves possession was
/// given this very challenge. Only challenges that were answered rightly are remembered, so that nobody can make the bank
/// forget another's.
pub(crate) struct Challenges {
    clock: Clock,
    key: HmacSha256,
    answered: Mutex<Answered>,
}

/// What each challenge was answered with, for as long as it may be answered.
#[derive(Default)]
struct Answered {
    by_nonce: HashMap<Nonce, Answer>,
    swept: Option<Time>,
}

#[derive(Clone, Copy)]
struct Answer {
    hash: Hash,
    given: Time,
    /// Whether it is kept: a device was enrolled. Otherwise somebody is being answered.
    kept: bool,
}

/// A challenge that is being answered.
pub(crate) struct Answering {
    challenges: Arc<Challenges>,
    nonce: Nonce,
    answer: Answer,
    /// Whether nobody else answers the same.
    first: bool,
}

impl Challenges {
    /// Challenges under `key`, which all nodes share.
    pub(crate) fn new(clock: Clock, key: &[u8; 32]) -> Arc<Self> {
        Arc::new(Self {
            clock,
            key: HmacSha256::new(key),
            answered: Mutex::default(),
        })
    }

    /// A new challenge.
    pub(crate) fn give(&self) -> Result<Challenge, Failure> {
        let [_, _, time @ ..] = (self.clock)().ms().to_be_bytes();
        let random: [u8; RANDOM] = random()?;
        let mut nonce = [0; 16];
        let (given, tag) = nonce.split_at_mut(TIME + RANDOM);
        given.copy_from_slice(&[time.as_slice(), &random].concat());
        let mac = self.mac("passbook challenge nonce", given);
        tag.copy_from_slice(mac.get(..tag.len()).unwrap_or_default());
        let nonce = Nonce::new(nonce);
        let key = self.key(nonce)?;
        let ephemeral = *key.public_key();
        Ok(Challenge { nonce, ephemeral })
    }

    /// The ephemeral key that was given with `nonce`, while it may be answered.
    pub(crate) fn key_of(&self, nonce: Nonce) -> Option<AgreementKey> {
        let (given, tag) = nonce.as_bytes().split_at_checked(TIME + RANDOM)?;
        let mac = self.mac("passbook challenge nonce", given);
        let (time, now) = (time_of(nonce)?, (self.clock)());
        let waits = now.ms_since(time) <= LIFETIME_MS && time.ms_since(now) <= AHEAD_MS;
        // Whoever could tell by the time how much of a tag was right gains nothing: the key is still to be known.
        let is_ours = mac.get(..tag.len())? == tag;
        (waits && is_ours).then(|| self.key(nonce).ok()).flatten()
    }

    /// Takes note that `nonce` is being answered with what has that hash; none where it was answered with anything else.
    pub(crate) fn answer(self: &Arc<Self>, nonce: Nonce, hash: Hash) -> Option<Answering> {
        let given = time_of(nonce)?;
        let mut answered = self.lock();
        answered.forget_older_than((self.clock)().minus_ms(LIFETIME_MS));
        let answer = Answer {
            hash,
            given,
            kept: false,
        };
        let first = match answered.by_nonce.get(&nonce) {
            None => answered.by_nonce.insert(nonce, answer).is_none(),
            Some(answer) if answer.hash == hash => false,
            Some(_) => return None,
        };
        Some(Answering {
            challenges: Arc::clone(self),
            nonce,
            answer,
            first,
        })
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> Zeroizing<[u8; 32]> {
        let data = protocol::cbor::encode(&cbor_array![purpose, 1, data]);
        self.key.clone().over(&data).finish()
    }

    fn key(&self, nonce: Nonce) -> Result<AgreementKey, Failure> {
        let secret = self.mac("passbook challenge key", nonce.as_bytes());
        Ok(AgreementKey::from_secret(&secret)?)
    }

    fn lock(&self) -> MutexGuard<'_, Answered> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When `nonce` says that it was given.
fn time_of(nonce: Nonce) -> Option<Time> {
    let mut ms = [0; 8];
    ms.last_chunk_mut::<TIME>()?
        .copy_from_slice(nonce.as_bytes().first_chunk::<TIME>()?);
    Some(Time::from_ms(u64::from_be_bytes(ms)))
}

impl Answered {
    /// Forgets what was given before `time`; once in so long, for it looks at all of them.
    fn forget_older_than(&mut self, time: Time) {
        let is_due = |swept| time.ms_since(swept) > LIFETIME_MS;
        if self.swept.is_none_or(is_due) {
            self.by_nonce.retain(|_, answer| answer.given >= time);
            self.swept = Some(time);
        }
    }
}

impl Answering {
    /// The answer was right: the challenge is good for nothing else any more.
    pub(crate) fn keep(self) {
        let mut answered = self.challenges.lock();
        // Whoever answered the same first may have gone.
        let answer = answered.by_nonce.entry(self.nonce).or_insert(self.answer);
        answer.kept = true;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut answered = self.challenges.lock();
        let is_kept = |answer: &Answer| answer.kept;
        if self.first && !answered.by_nonce.get(&self.nonce).is_some_and(is_kept) {
            answered.by_nonce.remove(&self.nonce);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    const NOW: u64 = 1_790_000_000_000;

    fn at(time: &Arc<AtomicU64>, key: u8) -> Arc<Challenges> {
        let clock = Arc::clone(time);
        let clock: Clock = Arc::new(move || Time::from_ms(clock.load(Ordering::SeqCst)));
        Challenges::new(clock, &[key; 32])
    }

    #[test]
    fn a_challenge_lives_five_minutes_at_every_node_with_the_key() {
        let now = Arc::new(AtomicU64::new(NOW));
        let (one, other, stranger) = (at(&now, 1), at(&now, 1), at(&now, 2));
        let challenge = one.give().unwrap();
        assert_ne!(one.give().unwrap(), challenge);
        let check = |node: &Challenges, time: u64, known: bool| {
            now.store(time, Ordering::SeqCst);
            let key = node.key_of(challenge.nonce);
            let key = key.map(|key| *key.public_key());
            assert_eq!(key, known.then_some(challenge.ephemeral), "{time}");
        };
        for node in [&one, &other] {
            check(node, NOW, true);
            check(node, NOW + 300_000, true);
            check(node, NOW + 300_001, false);
            check(node, NOW - 10_000, true);
            check(node, NOW - 10_001, false);
        }
        check(&stranger, NOW, false);
    }

    #[test]
    fn nobody_makes_a_nonce_or_changes_its_time() {
        let now = Arc::new(AtomicU64::new(NOW));
        let challenges = at(&now, 1);
        let nonce = *challenges.give().unwrap().nonce.as_bytes();
        for byte in 0..16 {
            let mut changed = nonce;
            changed[byte] ^= 1;
            assert!(challenges.key_of(Nonce::new(changed)).is_none(), "{byte}");
        }
        assert!(challenges.key_of(Nonce::new([0; 16])).is_none());
    }

    #[test]
    fn what_was_answered_rightly_is_answered_with_nothing_else() {
        let now = Arc::new(AtomicU64::new(NOW));
        let challenges = at(&now, 1);
        let nonce = challenges.give().unwrap().nonce;
        let [right, wrong] = ["right", "wrong"].map(|answer| Hash::of(answer.as_bytes()));
        let refused = challenges.answer(nonce, wrong).unwrap();
        assert!(challenges.answer(nonce, right).is_none(), "one at a time");
        drop(refused);
        let answering = challenges.answer(nonce, right).unwrap();
        let again = challenges.answer(nonce, right).unwrap();
        answering.keep();
        drop(again);
        assert!(challenges.answer(nonce, wrong).is_none());
        let nonce = challenges.give().unwrap().nonce;
        let gone = challenges.answer(nonce, right).unwrap();
        let again = challenges.answer(nonce, right).unwrap();
        drop(gone);
        again.keep();
        assert!(challenges.answer(nonce, wrong).is_none());
        // However many are given out and answered wrongly meanwhile.
        for _ in 0..20_000 {
            let nonce = challenges.give().unwrap().nonce;
            drop(challenges.answer(nonce, wrong));
        }
        assert_eq!(challenges.lock().by_nonce.len(), 2);
        now.store(NOW + 300_001, Ordering::SeqCst);
        drop(challenges.answer(challenges.give().unwrap().nonce, wrong));
        assert!(challenges.lock().by_nonce.is_empty(), "its time is over");
    }
}
