//! Each proof once: the ids of the proofs that are still good.

use std::collections::{HashMap, VecDeque};
use token::DpopProof;
use types::{DeviceId, ErrorCode, Hash, Time};

/// How long a proof is good, from its nonce's time on.
const GOOD_MS: u64 = 300_000;

/// How many proofs of one device are remembered, and so accepted, in that time.
pub(super) const DEVICE_PROOFS_MAX: usize = 256;

/// How many are remembered of all devices: some 100 MB when full.
pub(super) const PROOFS_MAX: usize = 1 << 20;

/// Remembers accepted proofs until they are good no more. Only who holds a token and its session key gets in here, so
/// that a stranger cannot fill it.
pub(super) struct Proofs {
    max: usize,
    devices: HashMap<DeviceId, Vec<Hash>>,
    /// In the order of their arrival, which is that of their ends but for the seconds that a nonce may be ahead.
    ends: VecDeque<(Time, DeviceId, Hash)>,
}

impl Proofs {
    /// None yet, and never more than `max`.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            devices: HashMap::new(),
            ends: VecDeque::new(),
        }
    }

    /// Takes note of a proof that was verified at `now`.
    pub(super) fn accept(
        &mut self,
        device: DeviceId,
        proof: &DpopProof,
        now: Time,
    ) -> Result<(), ErrorCode> {
        self.forget(now);
        let id = Hash::of(proof.id.as_bytes());
        let known = self.devices.get(&device).map_or(&[][..], Vec::as_slice);
        if known.contains(&id) {
            return Err(ErrorCode::ProofReplayed);
        }
        if known.len() >= DEVICE_PROOFS_MAX {
            return Err(ErrorCode::TooManyProofs);
        }
        if self.ends.len() >= self.max {
            return Err(ErrorCode::Overloaded);
        }
        self.devices.entry(device).or_default().push(id);
        // A nonce may be some seconds ahead, and is then good for as much longer.
        let end = now.max(proof.time).plus_ms(GOOD_MS);
        self.ends.push_back((end, device, id));
        Ok(())
    }

    fn forget(&mut self, now: Time) {
        while let Some((_, device, id)) = self.ends.pop_front_if(|(end, _, _)| now > *end) {
            if let Some(ids) = self.devices.get_mut(&device) {
                ids.retain(|kept| *kept != id);
                if ids.is_empty() {
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
    fn a_proof_counts_once_for_as_long_as_it_is_good() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        let ahead = NOW.plus_ms(10_000);
        assert_eq!(proofs.accept(device(1), &proof("a", ahead), NOW), Ok(()));
        let last = ahead.plus_ms(GOOD_MS);
        for now in [NOW, last] {
            let again = proofs.accept(device(1), &proof("a", ahead), now);
            assert_eq!(again, Err(ErrorCode::ProofReplayed));
        }
        assert_eq!(proofs.accept(device(2), &proof("a", NOW), NOW), Ok(()));
        let later = last.plus_ms(1);
        assert_eq!(proofs.accept(device(3), &proof("b", later), later), Ok(()));
        assert_eq!(proofs.ends.len(), 1, "what ended is forgotten");
        assert_eq!(proofs.devices.len(), 1);
    }

    #[test]
    fn a_device_has_so_many_proofs_and_no_more() {
        let mut proofs = Proofs::new(PROOFS_MAX);
        for place in 0..DEVICE_PROOFS_MAX {
            let proof = proof(&place.to_string(), NOW);
            assert_eq!(proofs.accept(device(1), &proof, NOW), Ok(()));
        }
        let refused = proofs.accept(device(1), &proof("one more", NOW), NOW);
        assert_eq!(refused, Err(ErrorCode::TooManyProofs));
        assert_eq!(proofs.accept(device(2), &proof("0", NOW), NOW), Ok(()));
        let later = NOW.plus_ms(GOOD_MS + 1);
        let accepted = proofs.accept(device(1), &proof("one more", later), later);
        assert_eq!(accepted, Ok(()));
    }

    #[test]
    fn all_devices_together_have_a_bound_too() {
        let mut proofs = Proofs::new(2);
        for byte in [1, 2] {
            assert_eq!(proofs.accept(device(byte), &proof("a", NOW), NOW), Ok(()));
        }
        let refused = proofs.accept(device(3), &proof("a", NOW), NOW);
        assert_eq!(refused, Err(ErrorCode::Overloaded));
        let later = NOW.plus_ms(GOOD_MS + 1);
        assert_eq!(proofs.accept(device(3), &proof("a", later), later), Ok(()));
    }
}
