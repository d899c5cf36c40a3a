//! Padding hides the exact size from observers. The form is a codec byte, the payload, 0x80, and zeros up to one of a
//! few sizes.

use crate::OpenError;
use protocol::ParseError;
use zeroize::Zeroizing;

/// Maximum size of a padded plaintext in bytes.
pub const PADDED_BYTES_MAX: usize = 256 * 1024;

const CODEC_PLAIN: u8 = 0;
const MARK: u8 = 0x80;

/// The smallest padded size that `needed` bytes fit into: 256, 512, or a multiple of 1,024 bytes.
const fn padded_size(needed: usize) -> usize {
    match needed {
        0..=256 => 256,
        257..=512 => 512,
        _ => needed.next_multiple_of(1024),
    }
}

/// Pads a payload. Refuses one that does not fit into [`PADDED_BYTES_MAX`].
pub fn pad(payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let size = padded_size(payload.len().saturating_add(2));
    if size > PADDED_BYTES_MAX {
        return Err(ParseError::TooLong.into());
    }
    // Reserve memory for the cipher's tag, so that sealing in place never copies the plaintext to a new allocation.
    let mut padded = Zeroizing::new(Vec::with_capacity(size + 16));
    padded.push(CODEC_PLAIN);
    padded.extend_from_slice(payload);
    padded.push(MARK);
    padded.resize(size, 0);
    Ok(padded)
}

/// The payload in `padded`.
pub fn unpad(padded: &[u8]) -> Result<&[u8], OpenError> {
    if padded.len() > PADDED_BYTES_MAX {
        return Err(ParseError::TooLong.into());
    }
    let content = padded
        .iter()
        .rposition(|byte| *byte != 0)
        .and_then(|end| padded.split_at_checked(end))
        .filter(|(content, rest)| {
            rest.first() == Some(&MARK) && padded_size(content.len() + 1) == padded.len()
        });
    match content.and_then(|(content, _)| content.split_first()) {
        Some((&CODEC_PLAIN, payload)) => Ok(payload),
        Some(_) => Err(OpenError::UnknownCodec),
        None => Err(OpenError::WrongPadding),
    }
}
