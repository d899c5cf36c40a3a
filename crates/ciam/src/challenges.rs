//! Challenges for enrolling devices. An issued challenge needs no memory: it is derived from its nonce and one of the
//! bank's keys.

use crate::challenge_lifetime::{LIFETIME_MS, may_be_answered};
use crate::errors::Failure;
use crate::random::random;
use envelope::HmacSha256;
use protocol::cbor_array;
use protocol::http::Challenge;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::{Clock, Hash, Nonce, Time};
use vault::AgreementKey;
use zeroize::Zeroizing;

/// The parts of a nonce's 16 bytes: the time in milliseconds, randomness, and a MAC over both in the rest.
const TIME: usize = 6;
const RANDOM: usize = 4;

/// The challenges of all nodes with the same key.
///
/// A nonce is the time, randomness, and a MAC over both, so refusing an invented nonce costs one HMAC. The ephemeral
/// key is derived from the nonce with the same key. The device signs both, which proves that it answers this very
/// challenge. Only correctly answered challenges are stored, so that nobody can evict another device's challenge.
pub(crate) struct Challenges {
    clock: Clock,
    key: HmacSha256,
    answered: Mutex<Answered>,
}

/// The answer to each challenge, for as long as the challenge may be answered.
#[derive(Default)]
struct Answered {
    by_nonce: HashMap<Nonce, Answer>,
    swept: Option<Time>,
}

#[derive(Clone, Copy)]
struct Answer {
    hash: Hash,
    given: Time,
    /// Whether the answer is final: a device was enrolled. Otherwise a request is in progress.
    kept: bool,
}

/// A challenge with an answer in progress.
pub(crate) struct Answering {
    challenges: Arc<Challenges>,
    nonce: Nonce,
    answer: Answer,
    /// Whether no other request with the same answer is in progress.
    first: bool,
}

impl Challenges {
    /// Challenges with `key`, which all nodes share.
    pub(crate) fn new(clock: Clock, key: &[u8; 32]) -> Arc<Self> {
        Arc::new(Self {
            clock,
            key: HmacSha256::new(key),
            answered: Mutex::default(),
        })
    }

    /// Issues a new challenge.
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

    /// The ephemeral key of the challenge `nonce`, while it may be answered.
    pub(crate) fn key_of(&self, nonce: Nonce) -> Option<AgreementKey> {
        let waits = may_be_answered(time_of(nonce)?, (self.clock)());
        let ours = self.is_ours(nonce)?;
        (waits && ours).then(|| self.key(nonce).ok()).flatten()
    }

    /// When the challenge `nonce` was given, if that was in the last `within_ms`.
    pub(crate) fn given(&self, nonce: Nonce, within_ms: u64) -> Option<Time> {
        let (given, now) = (time_of(nonce)?, (self.clock)());
        let is_known = self.is_ours(nonce)?
            && now.ms_since(given) <= within_ms
            && may_be_answered(given.max(now), now);
        is_known.then_some(given)
    }

    fn is_ours(&self, nonce: Nonce) -> Option<bool> {
        let (given, tag) = nonce.as_bytes().split_at_checked(TIME + RANDOM)?;
        let mac = self.mac("passbook challenge nonce", given);
        // This comparison need not be in constant time: a forged tag gains nothing without the key that it leads to.
        Some(mac.get(..tag.len())? == tag)
    }

    /// Registers that `nonce` is being answered by a request with that hash. `None` if the challenge was answered
    /// differently.
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

/// The issue time inside `nonce`.
fn time_of(nonce: Nonce) -> Option<Time> {
    let mut ms = [0; 8];
    ms.last_chunk_mut::<TIME>()?
        .copy_from_slice(nonce.as_bytes().first_chunk::<TIME>()?);
    Some(Time::from_ms(u64::from_be_bytes(ms)))
}

impl Answered {
    /// Removes challenges issued before `time`. Runs only from time to time, because it visits all of them.
    fn forget_older_than(&mut self, time: Time) {
        let is_due = |swept| time.ms_since(swept) > LIFETIME_MS;
        if self.swept.is_none_or(is_due) {
            self.by_nonce.retain(|_, answer| answer.given >= time);
            self.swept = Some(time);
        }
    }
}

impl Answering {
    /// Makes the answer final: no other answer to the challenge is accepted.
    pub(crate) fn keep(self) {
        let mut answered = self.challenges.lock();
        // An earlier request with the same answer may have ended.
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
    fn a_challenge_is_valid_for_five_minutes_at_every_node_with_the_key() {
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
    fn a_nonce_cannot_be_forged_or_changed() {
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
    fn a_correctly_answered_challenge_accepts_no_other_answer() {
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
        // However many challenges are issued and answered wrongly meanwhile.
        for _ in 0..20_000 {
            let nonce = challenges.give().unwrap().nonce;
            drop(challenges.answer(nonce, wrong));
        }
        assert_eq!(challenges.lock().by_nonce.len(), 2);
        now.store(NOW + 300_001, Ordering::SeqCst);
        drop(challenges.answer(challenges.give().unwrap().nonce, wrong));
        assert!(challenges.lock().by_nonce.is_empty(), "it has expired");
    }
}
