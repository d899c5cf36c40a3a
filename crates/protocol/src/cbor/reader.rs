//! A strict reader: it refuses every encoding except the deterministic one.

use super::DEPTH_MAX;
use super::error::CborError;
use super::value::{Key, Map, Value};
use crate::ParseError;

/// Maximum number of array elements for which memory is allocated before they are read.
const PREALLOCATED_MAX: usize = 64;

/// Decodes `bytes`, which must be exactly one value.
pub fn decode(bytes: &[u8]) -> Result<Value, CborError> {
    let mut reader = Reader::new(bytes);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// Reads values one by one and borrows strings. For structures that are parsed so often that building a [`Value`] would
/// be too slow.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Checks that no bytes are left.
    pub fn end(&self) -> Result<(), CborError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(CborError::TrailingBytes)
        }
    }

    /// Reads an array's head and returns the number of its values.
    pub fn array(&mut self) -> Result<u64, ParseError> {
        self.expect(4, "an array is needed")
    }

    /// Reads an integer from 0.
    pub fn unsigned(&mut self) -> Result<u64, ParseError> {
        self.expect(0, "an integer from 0 is needed")
    }

    /// Reads an integer from 0, or null.
    pub fn optional(&mut self) -> Result<Option<u64>, ParseError> {
        if self.rest.first() == Some(&0xf6) {
            self.take(1)?;
            Ok(None)
        } else {
            self.unsigned().map(Some)
        }
    }

    /// Reads a byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], ParseError> {
        let length = self.expect(2, "a byte string is needed")?;
        Ok(self.take_long(length)?)
    }

    /// Whether the next value is an array.
    #[must_use]
    pub fn at_array(&self) -> bool {
        self.rest.first().is_some_and(|byte| byte >> 5 == 4)
    }

    /// Reads any value.
    pub fn value(&mut self) -> Result<Value, CborError> {
        self.value_inside(0)
    }

    fn value_inside(&mut self, depth: usize) -> Result<Value, CborError> {
        let (major, argument) = self.head()?;
        match major {
            0 => Ok(Value::Unsigned(argument)),
            1 => Ok(Value::Negative(argument)),
            2 => Ok(Value::Bytes(self.take_long(argument)?.to_vec())),
            3 => Ok(Value::Text(self.text_of(argument)?.to_owned())),
            4 | 5 if depth == DEPTH_MAX => Err(CborError::TooDeep),
            4 => self.array_of(argument, depth),
            5 => self.map_of(argument, depth),
            _ => match argument {
                20 => Ok(Value::Bool(false)),
                21 => Ok(Value::Bool(true)),
                _ => Ok(Value::Null),
            },
        }
    }

    fn array_of(&mut self, count: u64, depth: usize) -> Result<Value, CborError> {
        // The vector grows while values are read: nested arrays could each announce as many values as there are bytes
        // left.
        let mut values = Vec::with_capacity(self.room_for(count)?.min(PREALLOCATED_MAX));
        for _ in 0..count {
            values.push(self.value_inside(depth + 1)?);
        }
        Ok(Value::Array(values))
    }

    fn map_of(&mut self, count: u64, depth: usize) -> Result<Value, CborError> {
        self.room_for(count)?;
        let mut map = Map::new();
        for _ in 0..count {
            let key = self.key()?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(CborError::NonCanonical);
            }
            map.insert(key, self.value_inside(depth + 1)?);
        }
        Ok(Value::Map(map))
    }

    fn key(&mut self) -> Result<Key, CborError> {
        let (major, argument) = self.head()?;
        match major {
            0 => Ok(Key::Unsigned(argument)),
            1 => Ok(Key::Negative(argument)),
            2 => Ok(Key::Bytes(self.take_long(argument)?.to_vec())),
            3 => Ok(Key::Text(self.text_of(argument)?.to_owned())),
            _ => Err(CborError::TypeNotUsed),
        }
    }

    /// Checks that enough bytes are left for `count` values, so that a false count allocates nothing.
    fn room_for(&self, count: u64) -> Result<usize, CborError> {
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(CborError::CutShort),
        }
    }

    fn text_of(&mut self, length: u64) -> Result<&'a str, CborError> {
        std::str::from_utf8(self.take_long(length)?).map_err(|_| CborError::TextNotUtf8)
    }

    fn expect(&mut self, major: u8, what: &'static str) -> Result<u64, ParseError> {
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(ParseError::WrongShape(what)),
        }
    }

    /// Reads a head in its shortest form and returns the major type and the argument.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 31);
        match (major, info) {
            (7, 20..=22) => return Ok((major, u64::from(info))),
            (6 | 7, _) => return Err(CborError::TypeNotUsed),
            _ => {}
        }
        let (argument, least) = match info {
            0..=23 => (u64::from(info), 0),
            24 => (u64::from(self.byte()?), 24),
            25 => (u64::from(u16::from_be_bytes(self.fixed()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.fixed()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.fixed()?), 1 << 32),
            _ => return Err(CborError::NonCanonical),
        };
        if argument < least {
            return Err(CborError::NonCanonical);
        }
        Ok((major, argument))
    }

    fn byte(&mut self) -> Result<u8, CborError> {
        let (first, rest) = self.rest.split_first().ok_or(CborError::CutShort)?;
        self.rest = rest;
        Ok(*first)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(CborError::CutShort)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CborError> {
        let (first, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(CborError::CutShort)?;
        self.rest = rest;
        Ok(first)
    }

    fn take_long(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        self.take(usize::try_from(length).map_err(|_| CborError::CutShort)?)
    }
}
