//! A hash map by channel id. Channel ids are random bytes, so one multiplication is a sufficient hash.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use types::ChannelId;

/// A map with channel ids as keys.
pub(crate) type ChannelMap<T> = HashMap<ChannelId, T, BuildHasherDefault<ChannelHasher>>;

/// The hash of one channel id.
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

    // The length prefix of the array is the same for each id.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
