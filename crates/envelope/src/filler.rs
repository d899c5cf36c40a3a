//! Fills CBOR arrays up to a maximum count and size.

use crate::ContentError;
use protocol::ParseError;
use protocol::cbor::Writer;

/// Maximum size of a part or page in bytes.
pub(crate) const CONTENT_BYTES_MAX: usize = 128 * 1024;

/// Collects elements for one CBOR array, as many as the limits allow.
#[derive(Debug)]
pub(crate) struct Filler {
    /// Maximum number of collected elements, without the first element.
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

    /// Whether another element fits into an array that begins with `first`, which is a CBOR element or empty.
    pub(crate) fn fits(&self, first: &[u8], element: &[u8]) -> bool {
        let elements = self.count + 1 + usize::from(!first.is_empty());
        let length = head_length(elements) + first.len() + self.bytes.len() + element.len();
        self.count < self.most && length <= CONTENT_BYTES_MAX
    }

    /// Adds an element, which must fit.
    pub(crate) fn push(&mut self, first: &[u8], element: &[u8]) -> Result<(), ContentError> {
        if !self.fits(first, element) {
            return Err(ParseError::TooLong.into());
        }
        self.count += 1;
        self.bytes.extend_from_slice(element);
        Ok(())
    }

    /// Returns the array of `first` and the collected elements, and starts a new one.
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
