//! Filling arrays up to a count and a length.

use crate::ContentError;
use protocol::ParseError;
use protocol::cbor::Writer;

/// The largest part or page in bytes.
pub(crate) const CONTENT_BYTES_MAX: usize = 128 * 1024;

/// Elements that are collected for one array in CBOR: as many as its limits allow.
#[derive(Debug)]
pub(crate) struct Filler {
    /// How many elements an array has at most, beside its first ones.
    most: usize,
    count: usize,
    bytes: Vec<u8>,
}

impl Filler {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            count: 0,
            bytes: Vec::new(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether another element fits into an array that begins with `first`, an element in CBOR or nothing.
    pub(crate) fn fits(&self, first: &[u8], element: &[u8]) -> bool {
        let elements = self.count + 1 + usize::from(!first.is_empty());
        let length = head_length(elements) + first.len() + self.bytes.len() + element.len();
        self.count < self.most && length <= CONTENT_BYTES_MAX
    }

    /// Adds an element that fits.
    pub(crate) fn push(&mut self, first: &[u8], element: &[u8]) -> Result<(), ContentError> {
        if !self.fits(first, element) {
            return Err(ParseError::TooLong.into());
        }
        self.count += 1;
        self.bytes.extend_from_slice(element);
        Ok(())
    }

    /// The array of what was collected, after `first`. Begins anew.
    pub(crate) fn take(&mut self, first: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.bytes.len() + first.len() + 3);
        writer.array(self.count + usize::from(!first.is_empty()));
        let mut array = writer.finish();
        array.extend_from_slice(first);
        array.append(&mut self.bytes);
        self.count = 0;
        array
    }
}

const fn head_length(elements: usize) -> usize {
    match elements {
        0..=23 => 1,
        24..=255 => 2,
        _ => 3,
    }
}
