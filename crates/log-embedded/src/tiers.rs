//! Chooses the segments to merge: consecutive segments of about the same size. Each size tier is four times larger than
//! the previous. Only consecutive segments are merged, so a channel's records stay in the order of the segments.

use std::ops::Range;

/// Minimum number of consecutive segments of one tier for a merge.
const NEIGHBOURS_MIN: usize = 4;
/// Maximum number of segments in one merge.
const NEIGHBOURS_MAX: usize = 16;
/// Segments of this tier are not merged any more: 4 GiB if the smallest are 64 MiB.
const TIER_MAX: u32 = 3;

/// The segments to merge, chosen by their sizes. The smallest tier has sizes up to two `unit`s.
pub(crate) fn choose(sizes: &[u64], unit: u64) -> Option<Range<usize>> {
    let tiers: Vec<u32> = sizes.iter().map(|size| tier(*size, unit)).collect();
    (0..TIER_MAX).find_map(|tier| window(&tiers, tier))
}

/// Number of segments in the smallest tier: the merger's backlog.
pub(crate) fn backlog(sizes: impl Iterator<Item = u64>, unit: u64) -> usize {
    sizes.filter(|size| tier(*size, unit) == 0).count()
}

fn tier(size: u64, unit: u64) -> u32 {
    (size / unit.max(1)).max(1).ilog2() / 2
}

/// The oldest run of segments without larger ones that has enough segments of this tier. Smaller segments in between
/// are included.
fn window(tiers: &[u32], wanted: u32) -> Option<Range<usize>> {
    let mut start = 0;
    let mut found = 0;
    let mut end = 0;
    for (index, tier) in tiers.iter().enumerate() {
        if *tier > wanted {
            if found >= NEIGHBOURS_MIN {
                break;
            }
            found = 0;
        } else if *tier == wanted {
            if found == 0 {
                start = index;
            }
            if index - start >= NEIGHBOURS_MAX {
                break;
            }
            found += 1;
            end = index + 1;
        }
    }
    (found >= NEIGHBOURS_MIN).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_size_are_chosen_smallest_first() {
        let check = |sizes: &[u64], expected: Option<Range<usize>>| {
            assert_eq!(choose(sizes, 64), expected, "{sizes:?}");
        };
        check(&[], None);
        check(&[64, 64, 64], None);
        check(&[64, 64, 64, 64], Some(0..4));
        check(&[64, 1, 64, 64, 90], Some(0..5));
        check(&[300, 64, 64, 64, 64], Some(1..5));
        check(&[300, 300, 300, 64, 300], Some(0..5));
        check(&[300, 300, 300, 5000, 300], None);
        check(&[64, 64, 300, 64, 64], None);
        check(&[5000; 40], None);
        check(&[64; 40], Some(0..16));
        check(&[64, 64, 300, 64, 64, 64, 64, 300], Some(3..7));
    }

    #[test]
    fn merging_until_nothing_is_chosen_leaves_few() {
        let mut sizes: Vec<u64> = Vec::new();
        for size in [60; 1000] {
            sizes.push(size);
            while let Some(range) = choose(&sizes, 64) {
                let sum = sizes[range.clone()].iter().sum();
                sizes.splice(range, [sum]);
            }
        }
        assert!(sizes.len() < 30, "{} segments: {sizes:?}", sizes.len());
    }
}
