//! Seals the records of the store: ChaCha20-Poly1305, bound to the record's name.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use thiserror::Error;
use zeroize::Zeroizing;

/// The version of the sealed form: a 12-byte nonce, then the ciphertext.
const VERSION: u8 = 1;

/// A record of the store is not as this device wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealedError {
    /// The record has another key or another record's value, or its bytes were altered.
    #[error("a record of the store does not open")]
    DoesNotOpen,
    /// The record opens, but has a version or format that this app does not support.
    #[error("a record of the store has a format that this version does not support")]
    Shape,
    /// The plaintext is too long.
    #[error("a record is too long to be sealed")]
    TooLong,
}

impl From<protocol::ParseError> for SealedError {
    fn from(_: protocol::ParseError) -> Self {
        Self::Shape
    }
}

impl From<protocol::cbor::CborError> for SealedError {
    fn from(_: protocol::cbor::CborError) -> Self {
        Self::Shape
    }
}

/// Seals `plaintext` as the value of the record `name`, with a new random nonce.
pub(crate) fn seal(
    key: &[u8; 32],
    name: &[u8],
    nonce: [u8; 12],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealedError> {
    let ciphertext = ChaCha20Poly1305::new(key.into())
        .encrypt(
            &nonce.into(),
            Payload {
                msg: plaintext,
                aad: name,
            },
        )
        .map_err(|_| SealedError::TooLong)?;
    let mut value = Vec::with_capacity(13 + ciphertext.len());
    value.push(VERSION);
    value.extend_from_slice(&nonce);
    value.extend_from_slice(&ciphertext);
    Ok(value)
}

/// Opens the value of the record `name`.
pub(crate) fn open(
    key: &[u8; 32],
    name: &[u8],
    value: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let (version, rest) = value.split_first().ok_or(SealedError::Shape)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<12>().ok_or(SealedError::Shape)?;
    if *version != VERSION {
        return Err(SealedError::Shape);
    }
    ChaCha20Poly1305::new(key.into())
        .decrypt(
            &(*nonce).into(),
            Payload {
                msg: ciphertext,
                aad: name,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| SealedError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_under_its_own_name_alone() {
        let sealed = seal(&[1; 32], b"name", [2; 12], b"content").unwrap();
        assert_eq!(
            open(&[1; 32], b"name", &sealed).unwrap().as_slice(),
            b"content"
        );
        assert_eq!(
            open(&[1; 32], b"other", &sealed),
            Err(SealedError::DoesNotOpen)
        );
        assert_eq!(
            open(&[3; 32], b"name", &sealed),
            Err(SealedError::DoesNotOpen)
        );
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(
                open(&[1; 32], b"name", &altered).is_err(),
                "byte {index} altered"
            );
        }
        assert_eq!(
            open(&[1; 32], b"name", &sealed[..12]),
            Err(SealedError::Shape)
        );
    }
}
