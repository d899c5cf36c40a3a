//! The two text encodings of bytes: base64url without padding (RFC 4648, 5) and lower-case hex.

use thiserror::Error;

/// Bytes in a text form that is not the one form allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// Not base64url, or padded, or with spare bits set in the last character.
    #[error("not canonical base64url without padding")]
    NotBase64Url,
    /// Not lower-case hex of whole bytes.
    #[error("not lower-case hex")]
    NotHex,
    /// Right encoding, wrong number of bytes.
    #[error("{have} bytes where {want} are needed")]
    Length {
        /// Bytes needed.
        want: usize,
        /// Bytes given.
        have: usize,
    },
}

/// base64url without padding; non-canonical endings are refused.
pub mod base64url {
    use super::EncodingError;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// Encodes `bytes`.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes `text`, refusing padding, other alphabets and spare bits.
    pub fn decode(text: &str) -> Result<Vec<u8>, EncodingError> {
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| EncodingError::NotBase64Url)
    }
}

/// Lower-case hex.
pub mod hex {
    use super::EncodingError;

    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    /// Encodes `bytes`.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|nibble| DIGITS.get(usize::from(nibble)).copied())
            .map(char::from)
            .collect()
    }

    /// Decodes `text`, refusing upper case and odd lengths.
    pub fn decode(text: &str) -> Result<Vec<u8>, EncodingError> {
        let nibble = |byte: u8| {
            DIGITS
                .iter()
                .position(|digit| *digit == byte)
                .and_then(|value| u8::try_from(value).ok())
                .ok_or(EncodingError::NotHex)
        };
        let mut pairs = text.as_bytes().chunks_exact(2);
        let bytes = pairs
            .by_ref()
            .map(|pair| match pair {
                [high, low] => Ok(nibble(*high)? << 4 | nibble(*low)?),
                _ => Err(EncodingError::NotHex),
            })
            .collect();
        if pairs.remainder().is_empty() {
            bytes
        } else {
            Err(EncodingError::NotHex)
        }
    }
}
