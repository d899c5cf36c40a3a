//! A writer: shortest heads, definite lengths, sorted keys.

use super::value::{Key, Value};

/// Appends CBOR items to a buffer. The caller must write the right number of items and sort the keys.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Makes an empty writer with a buffer of `bytes` bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            out: Vec::with_capacity(bytes),
        }
    }

    /// The bytes that were written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes the head of an array of `count` values.
    pub fn array(&mut self, count: usize) -> &mut Self {
        self.head(4, length(count))
    }

    /// Writes an integer from 0.
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(0, value)
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, length(bytes.len()));
        self.out.extend_from_slice(bytes);
        self
    }

    /// Writes a text string.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, length(text.len()));
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// Writes null.
    pub fn null(&mut self) -> &mut Self {
        self.out.push(0xf6);
        self
    }

    /// Writes an integer from 0, or null.
    pub fn optional(&mut self, value: Option<u64>) -> &mut Self {
        match value {
            Some(value) => self.unsigned(value),
            None => self.null(),
        }
    }

    /// Writes any value.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Unsigned(value) => self.head(0, *value),
            Value::Negative(value) => self.head(1, *value),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Text(text) => self.text(text),
            Value::Array(values) => {
                self.array(values.len());
                for value in values {
                    self.value(value);
                }
                self
            }
            Value::Map(map) => {
                self.head(5, length(map.len()));
                for (key, value) in map {
                    self.key(key).value(value);
                }
                self
            }
            Value::Bool(false) => self.raw(0xf4),
            Value::Bool(true) => self.raw(0xf5),
            Value::Null => self.null(),
        }
    }

    fn key(&mut self, key: &Key) -> &mut Self {
        match key {
            Key::Unsigned(value) => self.head(0, *value),
            Key::Negative(value) => self.head(1, *value),
            Key::Bytes(bytes) => self.bytes(bytes),
            Key::Text(text) => self.text(text),
        }
    }

    fn raw(&mut self, byte: u8) -> &mut Self {
        self.out.push(byte);
        self
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        if let Ok(short) = u8::try_from(argument) {
            if short < 24 {
                self.out.push(major | short);
            } else {
                self.out.extend_from_slice(&[major | 24, short]);
            }
        } else if let Ok(short) = u16::try_from(argument) {
            self.out.push(major | 25);
            self.out.extend_from_slice(&short.to_be_bytes());
        } else if let Ok(short) = u32::try_from(argument) {
            self.out.push(major | 26);
            self.out.extend_from_slice(&short.to_be_bytes());
        } else {
            self.out.push(major | 27);
            self.out.extend_from_slice(&argument.to_be_bytes());
        }
        self
    }
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The only encoding of `value`.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.value(value);
    writer.finish()
}
