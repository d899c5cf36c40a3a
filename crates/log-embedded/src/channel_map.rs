//! A hash map by channel id. The ids are random bytes, so that a multiplication spreads them well enough.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use types::ChannelId;

/// A map from channels.
pub(crate) type ChannelMap<T> = HashMap<ChannelId, T, BuildHasherDefault<ChannelHasher>>;

/// Folds the bytes of one channel id.
#[derive(Default)]
pub(crate) struct ChannelHasher(u64);

impl Hasher for ChannelHasher {
    fn write(&mut self, bytes: &[u8]) {
        for half in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(half).for_each(|(to, from)| *to = *from);
            self.0 = (self.0.rotate_left(32) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    // The length prefix of the array is the same for every id.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
