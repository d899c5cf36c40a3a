//! Which segments to merge: neighbours in age of about the same size, four times larger a tier. What is merged lies
//! together, so a channel's records stay in the order of their segments.

use std::ops::Range;

/// Neighbours of one tier that make a merge worth while.
const NEIGHBOURS_MIN: usize = 4;
/// At most so many go into one merge.
const NEIGHBOURS_MAX: usize = 16;
/// Segments of this tier are as large as they get: 4 GiB where the smallest are 64 MiB.
const TIER_MAX: u32 = 3;

/// The segments of which sizes to merge, where the smallest tier is up to two `unit`s.
pub(crate) fn choose(sizes: &[u64], unit: u64) -> Option<Range<usize>> {
    let tiers: Vec<u32> = sizes.iter().map(|size| tier(*size, unit)).collect();
    (0..TIER_MAX).find_map(|tier| window(&tiers, tier))
}

/// How many segments of the smallest tier there are: what the merger is behind.
pub(crate) fn backlog(sizes: impl Iterator<Item = u64>, unit: u64) -> usize {
    sizes.filter(|size| tier(*size, unit) == 0).count()
}

fn tier(size: u64, unit: u64) -> u32 {
    (size / unit.max(1)).max(1).ilog2() / 2
}

/// The oldest stretch without larger segments that has enough of this tier; smaller ones in between go with them.
fn window(tiers: &[u32], wanted: u32) -> Option<Range<usize>> {
    let mut start = 0;
    let mut found = 0;
    let mut end = 0;
    for (place, tier) in tiers.iter().enumerate() {
        if *tier > wanted {
            if found >= NEIGHBOURS_MIN {
                break;
            }
            found = 0;
        } else if *tier == wanted {
            if found == 0 {
                start = place;
            }
            if place - start >= NEIGHBOURS_MAX {
                break;
            }
            found += 1;
            end = place + 1;
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
