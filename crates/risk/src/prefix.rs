//! Prefixes of addresses, and tables by the longest prefix.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use thiserror::Error;

/// The text is no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a prefix is an address and a number of bits, as 192.0.2.0/24, with zeros after them")]
pub struct NotAPrefix;

/// The bits of an IPv6 address before an IPv4 address that it maps.
const MAPPED_BITS: u8 = 96;

/// A prefix of addresses. An IPv4 address is also the IPv6 address that maps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    address: u128,
    bits: u8,
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

const fn masked(address: u128, bits: u8) -> u128 {
    match bits {
        0 => 0,
        bits => address & (u128::MAX << (128 - bits)),
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    /// Accepts an address alone, too: a prefix of all its bits.
    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| NotAPrefix)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotAPrefix)?;
        let (before, most) = match address {
            IpAddr::V4(_) => (MAPPED_BITS, 32),
            IpAddr::V6(_) => (0, 128),
        };
        let bits = bits.unwrap_or(most);
        let prefix = Self {
            address: number(address),
            bits: before.saturating_add(bits),
        };
        let is_prefix = bits <= most && masked(prefix.address, prefix.bits) == prefix.address;
        is_prefix.then_some(prefix).ok_or(NotAPrefix)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from_bits(self.address);
        match (address.to_ipv4_mapped(), self.bits.checked_sub(MAPPED_BITS)) {
            (Some(address), Some(bits)) => write!(f, "{address}/{bits}"),
            _ => write!(f, "{address}/{}", self.bits),
        }
    }
}

/// Values by prefixes. The longest prefix of an address counts.
#[derive(Debug, Clone)]
pub struct Prefixes<T> {
    values: HashMap<Prefix, T>,
    lengths: BTreeSet<u8>,
}

impl<T> Default for Prefixes<T> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            lengths: BTreeSet::new(),
        }
    }
}

impl<T> Prefixes<T> {
    /// Sets the value of a prefix, and returns the one before.
    pub fn insert(&mut self, prefix: Prefix, value: T) -> Option<T> {
        self.lengths.insert(prefix.bits);
        self.values.insert(prefix, value)
    }

    /// The value of the longest prefix that the address has.
    #[must_use]
    pub fn longest(&self, address: IpAddr) -> Option<&T> {
        let address = number(address);
        self.lengths.iter().rev().find_map(|&bits| {
            self.values.get(&Prefix {
                address: masked(address, bits),
                bits,
            })
        })
    }
}

impl<T> FromIterator<(Prefix, T)> for Prefixes<T> {
    fn from_iter<I: IntoIterator<Item = (Prefix, T)>>(pairs: I) -> Self {
        let mut prefixes = Self::default();
        for (prefix, value) in pairs {
            prefixes.insert(prefix, value);
        }
        prefixes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_counts() {
        let prefixes: Prefixes<u8> = [
            ("0.0.0.0/0", 0),
            ("192.0.2.0/24", 24),
            ("192.0.2.128/25", 25),
            ("192.0.2.129", 32),
            ("2001:db8::/32", 6),
        ]
        .map(|(prefix, value)| (prefix.parse().unwrap(), value))
        .into_iter()
        .collect();
        let check = |address: &str, wanted: Option<u8>| {
            let found = prefixes.longest(address.parse().unwrap());
            assert_eq!(found.copied(), wanted, "{address}");
        };
        check("198.51.100.1", Some(0));
        check("192.0.2.127", Some(24));
        check("192.0.2.128", Some(25));
        check("192.0.2.129", Some(32));
        check("::ffff:192.0.2.129", Some(32));
        check("2001:db8:ffff::1", Some(6));
        check("2001:db9::1", None);
    }

    #[test]
    fn prefixes_are_read_and_shown() {
        for text in [
            "192.0.2.0/24",
            "0.0.0.0/0",
            "2001:db8::/32",
            "::/0",
            "192.0.2.1/32",
        ] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), text);
        }
        assert_eq!(
            "192.0.2.1".parse::<Prefix>().unwrap().to_string(),
            "192.0.2.1/32"
        );
        for text in [
            "",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "2001:db8::1/64",
            "::/129",
            "a/1",
            "1.1.1.1/",
        ] {
            assert_eq!(text.parse::<Prefix>(), Err(NotAPrefix), "{text}");
        }
    }
}
