//! Reads DER (X.690) step by step, and writes what software attestations need.

use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

/// Maximum values in one sequence or set.
const VALUES_MAX: usize = 128;

/// A DER value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(AnyRef<'a>);

impl<'a> Node<'a> {
    /// Reads `bytes`, which must be exactly one value.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        AnyRef::from_der(bytes).ok().map(Self)
    }

    /// The values of a SEQUENCE.
    pub(crate) fn sequence(self) -> Option<Vec<Self>> {
        self.values_if(Tag::Sequence)
    }

    /// The values of a SET.
    pub(crate) fn set(self) -> Option<Vec<Self>> {
        self.values_if(Tag::Set)
    }

    /// The bytes of an OCTET STRING.
    pub(crate) fn octets(self) -> Option<&'a [u8]> {
        (self.0.tag() == Tag::OctetString).then(|| self.0.value())
    }

    /// An INTEGER or ENUMERATED from 0 that fits.
    pub(crate) fn unsigned(self) -> Option<u64> {
        if !matches!(self.0.tag(), Tag::Integer | Tag::Enumerated) {
            return None;
        }
        let bytes = self.0.value();
        let first = bytes.first()?;
        if first & 0x80 != 0 || bytes.len() > 9 || (bytes.len() == 9 && *first != 0) {
            return None;
        }
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(bytes.iter().fold(0, add))
    }

    /// A BOOLEAN.
    pub(crate) fn boolean(self) -> Option<bool> {
        match (self.0.tag(), self.0.value()) {
            (Tag::Boolean, [0x00]) => Some(false),
            (Tag::Boolean, [0xff]) => Some(true),
            _ => None,
        }
    }

    /// The number of a constructed context-specific tag, and its one value.
    pub(crate) fn explicit(self) -> Option<(u16, Self)> {
        let Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(number),
        } = self.0.tag()
        else {
            return None;
        };
        Some((u16::try_from(number).ok()?, Self::parse(self.0.value())?))
    }

    fn values_if(self, tag: Tag) -> Option<Vec<Self>> {
        if self.0.tag() != tag {
            return None;
        }
        let mut reader = SliceReader::new(self.0.value()).ok()?;
        let mut values = Vec::new();
        while !reader.is_finished() {
            if values.len() == VALUES_MAX {
                return None;
            }
            values.push(Self(AnyRef::decode(&mut reader).ok()?));
        }
        Some(values)
    }
}

/// The first value inside the SEQUENCE that `bytes` are, with its tag and length.
pub(crate) fn first_of_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let outer = AnyRef::from_der(bytes).ok()?;
    let mut reader = SliceReader::new(outer.value()).ok()?;
    reader.tlv_bytes().ok()
}

/// The tags that are written.
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A value with the tag `tag` and that content.
pub(crate) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    with_tag(&[tag], content)
}

/// The values inside a constructed value with the tag `tag`.
pub(crate) fn write_all(tag: u8, values: &[Vec<u8>]) -> Vec<u8> {
    write(tag, &values.concat())
}

/// A value from 0, as INTEGER or ENUMERATED.
pub(crate) fn write_unsigned(tag: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let (_, bytes) = bytes.split_at(zeros.min(7));
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let padding: &[u8] = if is_negative { &[0] } else { &[] };
    write(tag, &[padding, bytes].concat())
}

/// A value inside the context-specific tag `number`, below 16,384.
pub(crate) fn write_explicit(number: u16, value: &[u8]) -> Vec<u8> {
    let [high, low] = [number >> 7, number & 0x7f].map(|part| part.to_le_bytes()[0]);
    match (number, high) {
        (0..31, _) => with_tag(&[0xa0 | low], value),
        (_, 0) => with_tag(&[0xbf, low], value),
        _ => with_tag(&[0xbf, 0x80 | high, low], value),
    }
}

fn with_tag(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let (_, length) = length.split_at(zeros);
    let length = match length {
        [] => vec![0],
        [short @ 0..0x80] => vec![*short],
        long => {
            let count = u8::try_from(long.len()).unwrap_or(u8::MAX);
            [&[0x80 | count], long].concat()
        }
    };
    [tag, &length, content].concat()
}
