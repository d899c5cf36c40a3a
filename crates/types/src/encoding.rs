//! Text encodings of bytes: base64url without padding (RFC 4648, 5), lower-case hex, and Crockford's base 32 for codes
//! that people read and type.

use thiserror::Error;

/// The text is not in the canonical form of its encoding.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// Not base64url, or padded, or with unused bits set in the last character.
    #[error("not canonical base64url without padding")]
    NotBase64Url,
    /// Not lower-case hex, or an odd number of digits.
    #[error("not lower-case hex")]
    NotHex,
    /// The encoding is right, but the number of bytes is wrong.
    #[error("{have} bytes; {want} are expected")]
    Length {
        /// Number of bytes expected.
        want: usize,
        /// Number of bytes found.
        have: usize,
    },
}

/// base64url without padding. Non-canonical text is refused.
pub mod base64url {
    use super::EncodingError;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// Encodes `bytes`.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes `text`. Refuses padding, other alphabets, and unused bits that are set.
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

    /// Decodes `text`. Refuses upper case and an odd number of digits.
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

/// Crockford's base 32: digits and letters without I, L, O and U, for codes that people read and type.
pub mod crockford {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Encodes `bytes`, five bits per character. Returns at most `characters` characters, and fewer if the bytes end
    /// earlier.
    #[must_use]
    pub fn encode(bytes: &[u8], characters: usize) -> String {
        let mut bits = bytes
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1));
        let mut text = String::with_capacity(characters);
        while text.len() < characters {
            let Some(first) = bits.next() else { break };
            let value = bits
                .by_ref()
                .take(4)
                .fold(first, |value, bit| value << 1 | bit);
            let letter = ALPHABET.get(usize::from(value)).copied().unwrap_or(b'0');
            text.push(char::from(letter));
        }
        text
    }

    /// Brings typed text into the form that was printed: upper case, no spaces or hyphens, O becomes 0, I and L become
    /// 1. `None` if the text has any other character.
    #[must_use]
    pub fn normalise(typed: &str) -> Option<String> {
        typed
            .chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .map(|character| match character.to_ascii_uppercase() {
                'O' => Some('0'),
                'I' | 'L' => Some('1'),
                letter
                    if letter.is_ascii()
                        && ALPHABET.iter().any(|known| char::from(*known) == letter) =>
                {
                    Some(letter)
                }
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::crockford;

    #[test]
    fn crockford_encodes_five_bits_per_character() {
        assert_eq!(crockford::encode(&[0xff; 10], 16), "Z".repeat(16));
        assert_eq!(
            crockford::encode(&[0x00, 0x44, 0x32, 0x14, 0xc7], 8),
            "01234567"
        );
        assert_eq!(
            crockford::encode(&[0xf8], 5),
            "Z0",
            "the unused bits of the last byte produce no character"
        );
    }

    #[test]
    fn typed_codes_are_normalised_to_the_printed_form() {
        let typed = crockford::normalise("7k3m-9qx2 vb5t-zdlh");
        assert_eq!(typed.as_deref(), Some("7K3M9QX2VB5TZD1H"));
        assert_eq!(
            crockford::normalise("oO0iIlL1").as_deref(),
            Some("00011111")
        );
        assert_eq!(crockford::normalise("7K3U"), None);
        assert_eq!(crockford::normalise("7K3é"), None);
    }
}
