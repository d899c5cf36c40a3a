//! Random choices that a seed reproduces.

use std::sync::atomic::{AtomicU64, Ordering};
use types::Hash;

/// The seed of a run: `CHANNEL_LOG_SEED` if set, otherwise a different one each time. It is printed if the test fails.
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn drawn() -> Self {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let given = std::env::var("CHANNEL_LOG_SEED").ok();
        let given = given.and_then(|seed| seed.parse().ok());
        Self(given.unwrap_or_else(|| {
            // The time and the address of the counter differ between runs, which suffices for a seed.
            let now = std::time::Instant::now();
            let run = RUNS.fetch_add(1, Ordering::Relaxed);
            let text = format!("{now:?} {run} {:p}", &raw const RUNS);
            u64::from_le_bytes(*Hash::of(text.as_bytes()).as_bytes().first_chunk().unwrap())
        }))
    }

    pub(super) const fn draw(&self) -> Draw {
        Draw(self.0)
    }
}

impl Drop for Seed {
    #[allow(clippy::print_stderr, reason = "a failing test prints its seed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat: CHANNEL_LOG_SEED={}", self.0);
        }
    }
}

/// A simple generator with the same output everywhere (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
/// Generators", SplitMix64).
pub(super) struct Draw(u64);

impl Draw {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub(super) fn size(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).unwrap()
    }
}
