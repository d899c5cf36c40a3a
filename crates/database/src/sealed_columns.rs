//! Columns with personal data: sealed, and found by a keyed hash.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use envelope::HmacSha256;
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Seals and opens columns, and computes their blind indices, with a key that is not in the database.
///
/// `context` names the column (`"ciam.device.customer"`), so that a value put into another column does not open. A
/// sealed value is `1 ‖ nonce (24 random bytes) ‖ XChaCha20-Poly1305 (ciphertext, tag)`.
pub struct SealedColumns {
    cipher: XChaCha20Poly1305,
    index: HmacSha256,
}

/// Why sealing or opening failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// The system's random source failed.
    #[error("the system's random source failed")]
    NoRandomness,
    /// The value is too long for the cipher.
    #[error("the value is too long to seal")]
    TooLong,
    /// The value was sealed with another key or for another column, or is damaged.
    #[error("the column does not open")]
    DoesNotOpen,
}

impl fmt::Debug for SealedColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedColumns(redacted)")
    }
}

impl SealedColumns {
    /// Derives a sealing key and an index key from `key`.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let seal = derive(key, b"passbook sealed column");
        let index = derive(key, b"passbook blind index");
        Self {
            cipher: XChaCha20Poly1305::new((&*seal).into()),
            index: HmacSha256::new(&index),
        }
    }

    /// Seals `plaintext` for the column `context`. Two seals of the same value differ.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let payload = Payload {
            msg: plaintext,
            aad: context.as_bytes(),
        };
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::TooLong)?;
        Ok([&[FORMAT], &nonce[..], &ciphertext].concat())
    }

    /// Opens a value that was sealed for the column `context`.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let Some((&FORMAT, rest)) = sealed.split_first() else {
            return Err(SealError::DoesNotOpen);
        };
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::DoesNotOpen)?;
        let payload = Payload {
            msg: ciphertext,
            aad: context.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| SealError::DoesNotOpen)
    }

    /// The index of a value of the column `context`. Equal values have equal indices, and only the owner of the key can
    /// compute them.
    #[must_use]
    pub fn blind_index(&self, context: &str, value: &[u8]) -> [u8; 32] {
        // The length separates context and value unambiguously.
        let length = u64::try_from(context.len()).unwrap_or(u64::MAX);
        *self
            .index
            .clone()
            .over(&length.to_be_bytes())
            .over(context.as_bytes())
            .over(value)
            .finish()
    }
}

fn derive(key: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    HmacSha256::new(key).over(purpose).finish()
}

#[cfg(test)]
mod tests {
    use super::{SealError, SealedColumns};

    #[test]
    fn opens_for_its_own_column_and_key_only() {
        let columns = SealedColumns::new(&[7; 32]);
        let sealed = columns.seal("ciam.device.customer", b"1001").unwrap();
        let check = |columns: &SealedColumns, context: &str, sealed: &[u8], opens: bool| {
            let wanted = if opens {
                Ok(b"1001".to_vec())
            } else {
                Err(SealError::DoesNotOpen)
            };
            assert_eq!(
                columns.open(context, sealed).map(|plain| plain.to_vec()),
                wanted
            );
        };
        check(&columns, "ciam.device.customer", &sealed, true);
        check(&columns, "ciam.code.customer", &sealed, false);
        check(
            &SealedColumns::new(&[8; 32]),
            "ciam.device.customer",
            &sealed,
            false,
        );
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            check(&columns, "ciam.device.customer", &damaged, false);
            check(&columns, "ciam.device.customer", &sealed[..place], false);
        }
        assert_ne!(
            sealed,
            columns.seal("ciam.device.customer", b"1001").unwrap()
        );
    }

    #[test]
    fn blind_indexes_depend_on_key_context_and_value() {
        let columns = SealedColumns::new(&[7; 32]);
        let index = columns.blind_index("a", b"b");
        assert_eq!(index, columns.blind_index("a", b"b"));
        assert_ne!(index, columns.blind_index("a", b"c"));
        assert_ne!(index, columns.blind_index("ab", b""));
        assert_ne!(index, SealedColumns::new(&[8; 32]).blind_index("a", b"b"));
    }
}
