//! A blocked Bloom filter over channels. All bits of a channel are in one block of 64 bytes, so a lookup costs one
//! cache line. With ten bits per channel and six of them set, about one in a hundred lookups of an absent channel is a
//! false positive.

use types::ChannelId;

const BITS_PER_CHANNEL: u64 = 10;
const WORDS: usize = 8;
const PROBES: u32 = 6;

pub(crate) struct Bloom {
    blocks: Vec<[u64; WORDS]>,
}

impl Bloom {
    /// Makes a filter for at most this number of channels.
    pub(crate) fn new(channels: u64) -> Self {
        let bits = channels.max(1).saturating_mul(BITS_PER_CHANNEL);
        let blocks = crate::codec::memory_length(bits.div_ceil(512));
        Self {
            blocks: vec![[0; WORDS]; blocks],
        }
    }

    pub(crate) fn insert(&mut self, channel: &ChannelId) {
        let (block, mask) = self.block_and_mask(channel);
        if let Some(words) = self.blocks.get_mut(block) {
            words
                .iter_mut()
                .zip(mask)
                .for_each(|(word, bits)| *word |= bits);
        }
    }

    pub(crate) fn may_have(&self, channel: &ChannelId) -> bool {
        let (block, mask) = self.block_and_mask(channel);
        self.blocks.get(block).is_some_and(|words| {
            words
                .iter()
                .zip(mask)
                .all(|(word, bits)| word & bits == bits)
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let words = self.blocks.iter().flatten();
        words.flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let blocks = bytes.chunks_exact(WORDS * 8).map(|block| {
            let mut words = [0; WORDS];
            for (word, bytes) in words.iter_mut().zip(block.chunks_exact(8)) {
                *word = bytes
                    .first_chunk::<8>()
                    .map_or(0, |bytes| u64::from_le_bytes(*bytes));
            }
            words
        });
        Self {
            blocks: blocks.collect(),
        }
    }

    /// The channel's block, and its bits in the block.
    fn block_and_mask(&self, channel: &ChannelId) -> (usize, [u64; WORDS]) {
        let whole = u128::from_le_bytes(*channel.as_bytes());
        // Channel ids are random, but a caller might use consecutive ids. Multiplying distributes both.
        let mixed = whole.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mixed = mixed ^ (mixed >> 64);
        let count = u128::from(crate::codec::file_length(self.blocks.len()));
        let block = ((mixed & u128::from(u64::MAX)) * count) >> 64;
        let mut mask = [0_u64; WORDS];
        let mut bits = (mixed >> 64) ^ whole.rotate_left(17);
        for _ in 0..PROBES {
            let bit = u32::try_from(bits & 511).unwrap_or(0);
            if let Some(word) = mask.get_mut(crate::codec::memory_length(u64::from(bit / 64))) {
                *word |= 1 << (bit % 64);
            }
            bits >>= 9;
        }
        (usize::try_from(block).unwrap_or(0), mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_denies_what_is_there_and_seldom_affirms_what_is_not() {
        let id = |n: u64, salt: u8| {
            ChannelId::new(
                *types::Hash::of(&[&n.to_le_bytes()[..], &[salt]].concat())
                    .as_bytes()
                    .first_chunk()
                    .unwrap(),
            )
        };
        let count = 20_000;
        let mut bloom = Bloom::new(count);
        (0..count).for_each(|n| bloom.insert(&id(n, 0)));
        let bloom = Bloom::from_bytes(&bloom.to_bytes());
        assert!((0..count).all(|n| bloom.may_have(&id(n, 0))));
        let vain = (0..count).filter(|n| bloom.may_have(&id(*n, 1))).count();
        assert!(vain < 600, "{vain} of {count} in vain");
    }
}
