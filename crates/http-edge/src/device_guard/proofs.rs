//! Accepts each proof once and limits the requests of each device. Stores the ids of the proofs that are still valid.

use crate::Rejection;
use std::collections::{HashMap, HashSet, VecDeque};
use token::{DpopNonce, DpopProof};
use types::{DeviceId, ErrorCode, Hash, Time};

/// Milliseconds per request: four a second.
const REQUEST_MS: u64 = 250;

/// How far ahead of its rate a device may be after a pause: 256 requests at once.
const BURST_MS: u64 = 256 * REQUEST_MS;

/// Maximum stored proofs of one device: those of a burst and of a proof's validity, 256 + 310 s / 250 ms. A device
/// reaches this only if the clock is set back.
const DEVICE_PROOFS_MAX: usize = 256 + 310 * 4;

/// Maximum stored proofs of all devices: about 100 MB when full.
pub(super) const PROOFS_MAX: usize = 1 << 20;

/// Stores accepted proofs until they expire. Only a device with a token and its session key adds entries, so strangers
/// cannot fill it.
pub(super) struct Proofs {
    max: usize,
    devices: HashMap<DeviceId, Known>,
    /// In the order of arrival. This is also the order of expiry, except for the seconds that a nonce may be ahead.
    ends: VecDeque<(Time, DeviceId, Hash)>,
}

/// The state of a device. Once all its proofs have expired, its burst is full again, and no state is needed.
struct Known {
    ids: HashSet<Hash>,
    /// The time at which the burst is full again (the theoretical arrival time of the generic cell rate algorithm,
    /// ITU-T I.371).
    whole_at: Time,
}

impl Known {
    /// The time at which the burst is full again after so many requests at `now`.
    fn whole_after(&mut self, requests: u64, now: Time) -> Result<Time, NotAccepted> {
        // If the clock was set back, the burst would have to recover by more than its size.
        self.whole_at = self.whole_at.min(now.plus_ms(BURST_MS));
        let spent_ms = requests.saturating_mul(REQUEST_MS);
        let whole_at = self.whole_at.max(now).plus_ms(spent_ms);
        match whole_at.ms_since(now).saturating_sub(BURST_MS) {
            0 => Ok(whole_at),
            wait_ms => Err(NotAccepted::TooMany { wait_ms }),
        }
    }
}

/// Why a proof was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAccepted {
    /// The proof was accepted before.
    Replayed,
    /// The device makes too many requests. The next is accepted after this many milliseconds.
    TooMany { wait_ms: u64 },
    /// Too many proofs are stored for all devices. The first expires after this many milliseconds.
    Full { wait_ms: u64 },
}

impl From<NotAccepted> for Rejection {
    fn from(refused: NotAccepted) -> Self {
        match refused {
            NotAccepted::Replayed => ErrorCode::ProofReplayed.into(),
            NotAccepted::TooMany { wait_ms } => {
                Self::new(ErrorCode::TooManyProofs).with_retry_after_ms(wait_ms)
            }
            NotAccepted::Full { wait_ms } => {
                Self::new(ErrorCode::Overloaded).with_retry_after_ms(wait_ms)
            }
        }
    }
}

impl Proofs {
    /// Starts empty. Stores at most `max` proofs.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            devices: HashMap::new(),
            ends: VecDeque::new(),
        }
    }

    /// Checks whether a proof of `device` can be accepted at `now`, before its signature is verified.
    pub(super) fn check(
        &mut self,
        device: DeviceId,
        proof: &DpopProof,
        now: Time,
    ) -> Result<(), NotAccepted> {
        self.forget(now);
        let id = Hash::of(proof.id.as_bytes());
        let first_end = self.ends.front().map_or(now, |(end, ..)| *end);
        let forgotten_in_ms = first_end.ms_since(now) + 1;
        if let Some(known) = self.devices.get_mut(&device) {
            if known.ids.contains(&id) {
                return Err(NotAccepted::Replayed);
            }
            known.whole_after(1, now)?;
            if known.ids.len() >= DEVICE_PROOFS_MAX {
                let wait_ms = forgotten_in_ms;
                return Err(NotAccepted::TooMany { wait_ms });
            }
        }
        if self.ends.len() >= self.max {
            let wait_ms = forgotten_in_ms;
            return Err(NotAccepted::Full { wait_ms });
        }
        Ok(())
    }

    /// Stores a proof that was verified at `now`.
    pub(super) fn accept(
        &mut self,
        device: DeviceId,
        proof: &DpopProof,
        now: Time,
    ) -> Result<(), NotAccepted> {
        self.check(device, proof, now)?;
        let id = Hash::of(proof.id.as_bytes());
        let known = self.devices.entry(device).or_insert_with(|| Known {
            ids: HashSet::new(),
            whole_at: now,
        });
        known.whole_at = known.whole_after(1, now)?;
        known.ids.insert(id);
        // A nonce may be a few seconds ahead, and its proof is then valid that much longer.
        let end = now.max(proof.time).plus_ms(DpopNonce::GOOD_MS);
        self.ends.push_back((end, device, id));
        Ok(())
    }

    /// Counts further requests of a device whose proof was accepted, or none of them if they are too many.
    pub(super) fn spend(
        &mut self,
        device: DeviceId,
        requests: u64,
        now: Time,
    ) -> Result<(), NotAccepted> {
        let Some(known) = self.devices.get_mut(&device) else {
            return Ok(());
        };
        known.whole_at = known.whole_after(requests, now)?;
        Ok(())
    }

    fn forget(&mut self, now: Time) {
        while let Some((_, device, id)) = self.ends.pop_front_if(|(end, _, _)| now > *end) {
            if let Some(known) = self.devices.get_mut(&device) {
                known.ids.remove(&id);
                if known.ids.is_empty() {
                    self.devices.remove(&device);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    fn device(byte: u8) -> DeviceId {
        DeviceId::at(NOW, [byte; 10])
    }

    fn proof(id: &str, time: Time) -> DpopProof {
        DpopProof {
            id: id.into(),
            time,
        }
    }

    #[test]
    fn a_proof_is_accepted_once_while_it_is_valid() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let ahead = NOW.plus_ms(10_000);
        assert_eq!(proofs.accept(device(1), &proof("a", ahead), NOW), Ok(()));
        let last = ahead.plus_ms(DpopNonce::GOOD_MS);
        for now in [NOW, last] {
            let again = proofs.accept(device(1), &proof("a", ahead), now);
            assert_eq!(again, Err(NotAccepted::Replayed));
        }
        assert_eq!(proofs.accept(device(2), &proof("a", NOW), NOW), Ok(()));
        let later = last.plus_ms(1);
        assert_eq!(proofs.accept(device(3), &proof("b", later), later), Ok(()));
        assert_eq!(proofs.ends.len(), 1, "expired proofs are removed");
        assert_eq!(proofs.devices.len(), 1);
    }

    /// A device that sends a request as soon as allowed, and one every `every_ms` besides, for an hour.
    fn greedy(every_ms: u64) -> (u64, usize) {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let (mut accepted, mut remembered_max) = (0, 0);
        for step in 0..3_600_000 / every_ms {
            let now = NOW.plus_ms(step * every_ms);
            let proof = proof(&step.to_string(), now.plus_ms(10_000));
            accepted += u64::from(proofs.accept(device(1), &proof, now).is_ok());
            remembered_max = remembered_max.max(proofs.ends.len());
        }
        (accepted, remembered_max)
    }

    #[test]
    fn four_requests_a_second_are_never_refused_and_refused_proofs_are_not_stored() {
        let hour = 3_600 * 4;
        assert_eq!(greedy(250).0, hour);
        let (accepted, remembered) = greedy(10);
        assert!((hour..=hour + 256).contains(&accepted), "{accepted}");
        assert!(remembered <= 256 + 310 * 4, "{remembered}");
    }

    #[test]
    fn further_requests_count_as_requests_or_not_at_all() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let first = proof("1", NOW);
        proofs.accept(device(1), &first, NOW).unwrap();
        let many = Err(NotAccepted::TooMany { wait_ms: 250 });
        assert_eq!(proofs.spend(device(1), 256, NOW), many);
        let endless = proofs.spend(device(1), u64::MAX, NOW);
        assert!(matches!(endless, Err(NotAccepted::TooMany { .. })));
        assert_eq!(proofs.spend(device(1), 255, NOW), Ok(()));
        assert_eq!(proofs.spend(device(1), 1, NOW), many);
        let next = proof("2", NOW);
        assert_eq!(proofs.accept(device(1), &next, NOW), many);
        assert_eq!(proofs.spend(device(1), 1, NOW.plus_ms(250)), Ok(()));
    }

    #[test]
    fn the_reported_wait_after_a_burst_is_the_real_wait() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let mut ids = 0_u64..;
        let mut ask = |device, now| {
            let proof = proof(&ids.next().unwrap().to_string(), now);
            proofs.accept(device, &proof, now)
        };
        for _ in 0..256 {
            assert_eq!(ask(device(1), NOW), Ok(()));
        }
        let refused = Err(NotAccepted::TooMany { wait_ms: 250 });
        assert_eq!(ask(device(1), NOW), refused);
        assert_eq!(ask(device(2), NOW), Ok(()), "another has its own burst");
        let early = NOW.plus_ms(249);
        assert_eq!(
            ask(device(1), early),
            Err(NotAccepted::TooMany { wait_ms: 1 })
        );
        assert_eq!(ask(device(1), NOW.plus_ms(250)), Ok(()));
        assert_eq!(ask(device(1), NOW.plus_ms(250)), refused);
        let back = NOW.minus_ms(3_600_000);
        assert_eq!(
            ask(device(1), back),
            refused,
            "unchanged by a clock that was set back"
        );
        assert_eq!(ask(device(1), back.plus_ms(250)), Ok(()));
        let later = NOW.plus_ms(64_250);
        for _ in 0..256 {
            assert_eq!(ask(device(1), later), Ok(()));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_repeatedly_does_not_fill_the_store() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let mut refused = None;
        for step in 0..20_000_u64 {
            let now = NOW.plus_ms(step % 2_000 * 250);
            let proof = proof(&step.to_string(), now);
            refused = proofs.accept(device(1), &proof, now).err().or(refused);
        }
        assert!(matches!(refused, Some(NotAccepted::TooMany { .. })));
        assert!(proofs.ends.len() <= 256 + 310 * 4);
    }

    #[test]
    fn all_devices_together_have_a_limit() {
        let mut proofs = Proofs::new(2);
        for byte in [1, 2] {
            assert_eq!(proofs.accept(device(byte), &proof("a", NOW), NOW), Ok(()));
        }
        let refused = proofs.accept(device(3), &proof("a", NOW), NOW);
        let wait_ms = DpopNonce::GOOD_MS + 1;
        assert_eq!(refused, Err(NotAccepted::Full { wait_ms }));
        let later = NOW.plus_ms(wait_ms);
        assert_eq!(proofs.accept(device(3), &proof("a", later), later), Ok(()));
    }
}
