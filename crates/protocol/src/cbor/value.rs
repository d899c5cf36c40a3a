//! A decoded value and the keys of a map.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A map. Its order is the order of its encoding.
pub type Map = BTreeMap<Key, Value>;

/// Any value of this subset of CBOR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// 0 to 2^64 − 1.
    Unsigned(u64),
    /// The integer −1 − n. `Negative` stores n, as the encoding does, so −1 is `Negative(0)`.
    Negative(u64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// A map.
    Map(Map),
    /// False or true.
    Bool(bool),
    /// Null.
    Null,
}

impl Value {
    /// The integer, if the value is one and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if the value is one and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Unsigned(value) => i64::try_from(*value).ok(),
            Self::Negative(value) => i64::try_from(*value).ok().map(|value| -1 - value),
            _ => None,
        }
    }

    /// The text, if the value is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The byte string, if the value is one.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The array's values, if the value is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The map, if the value is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether the value is null.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A map's key. Keys are ordered as deterministic CBOR sorts them: bytewise by their encodings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// 0 to 2^64 − 1.
    Unsigned(u64),
    /// −1 − n.
    Negative(u64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
}

impl Key {
    /// An equivalent of the bytewise order of encodings: the major type, the head's argument, the content.
    fn order(&self) -> (u8, u64, &[u8]) {
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match self {
            Self::Unsigned(value) => (0, *value, &[]),
            Self::Negative(value) => (1, *value, &[]),
            Self::Bytes(bytes) => (2, length(bytes), bytes),
            Self::Text(text) => (3, length(text.as_bytes()), text.as_bytes()),
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Key {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
