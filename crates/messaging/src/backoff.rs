//! Pauses between tries.

/// The pause after the first try, in milliseconds. Each further one is twice as long.
const FIRST_MS: u64 = 2_000;

/// The longest pause, in milliseconds.
const LONGEST_MS: u64 = 15 * 60_000;

/// The pause after so many tries, in milliseconds.
pub(crate) fn pause_ms(tries: u32) -> u64 {
    let doubled = 1_u64
        .checked_shl(tries.saturating_sub(1))
        .unwrap_or(u64::MAX);
    FIRST_MS.saturating_mul(doubled).min(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = [1, 2, 3, 9, 10, 64, 65, u32::MAX].map(pause_ms).into();
        let longest = LONGEST_MS;
        let expected = [
            2_000, 4_000, 8_000, 512_000, longest, longest, longest, longest,
        ];
        assert_eq!(pauses, expected);
    }
}
