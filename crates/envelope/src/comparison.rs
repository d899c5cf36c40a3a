//! The number by which a person recognises the device that waits for their approval.

use std::fmt;
use types::Hash;

/// What identifies a device that is about to be added: SHA-256 of its id, its form, its keys and its code. A person compares the
/// six digits that it is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison(Hash);

impl Comparison {
    /// The one with that hash.
    #[must_use]
    pub const fn from_hash(hash: Hash) -> Self {
        Self(hash)
    }

    /// The whole hash.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.0
    }

    /// Whether a person typed its digits. Spaces are ignored.
    #[must_use]
    pub fn is_typed(&self, typed: &str) -> bool {
        let mut digits = typed.to_owned();
        digits.retain(|character| character != ' ');
        digits == format!("{:06}", self.number())
    }

    /// The first 8 bytes of the hash, big-endian, modulo 1,000,000.
    fn number(self) -> u64 {
        let first = self.0.as_bytes().iter().take(8);
        let first = first.fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
        first % 1_000_000
    }
}

impl fmt::Display for Comparison {
    /// Two groups of three digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        write!(f, "{:03} {:03}", number / 1000, number % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_is_six_digits_however_they_are_typed() {
        let mut hash = [0xff; 32];
        hash[..8].copy_from_slice(&7_000_042_u64.to_be_bytes());
        let comparison = Comparison::from_hash(Hash::new(hash));
        assert_eq!(comparison.to_string(), "000 042");
        for typed in ["000042", "000 042", " 0 00042 "] {
            assert!(comparison.is_typed(typed), "{typed}");
        }
        for wrong in ["", "42", "000043", "0000042", "000-042", "000 042x"] {
            assert!(!comparison.is_typed(wrong), "{wrong}");
        }
    }
}
