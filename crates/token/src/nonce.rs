//! The server's nonce in a proof: it tells the time to whose clock is not to be trusted.

use hmac::{Hmac, KeyInit as _, Mac as _};
use protocol::{cbor, cbor_array};
use sha2::Sha256;
use thiserror::Error;
use types::{Time, base64url};

const GOOD_MS: u64 = 300_000;
const AHEAD_MS: u64 = 10_000;
const TIME_BYTES: usize = 8;

/// Why a nonce is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NonceError {
    /// No node of this bank made it.
    #[error("not a nonce of ours")]
    Invalid,
    /// Older than 300 s, or more than 10 s ahead.
    #[error("a nonce of another time")]
    Stale,
}

/// Makes and verifies nonces under a key that all nodes share; nothing is stored.
///
/// base64url of the time in milliseconds as 8 bytes big-endian, then its HMAC-SHA256 over
/// `["passbook dpop nonce", 1, ms]`.
#[derive(Clone)]
pub struct DpopNonce(Hmac<Sha256>);

impl DpopNonce {
    /// Under `key`.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC fills a key up to SHA-256's block of 64 bytes with zeros (RFC 2104, 2).
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(Hmac::new((&block).into()))
    }

    fn mac(&self, ms: u64) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&cbor::encode(&cbor_array!["passbook dpop nonce", 1, ms]));
        mac
    }

    /// A nonce that tells `now`.
    #[must_use]
    pub fn mint(&self, now: Time) -> String {
        let mac = self.mac(now.ms()).finalize().into_bytes();
        base64url::encode(&[now.ms().to_be_bytes().as_slice(), &mac].concat())
    }

    /// The time that the nonce tells, good at `now`.
    pub fn verify(&self, nonce: &str, now: Time) -> Result<Time, NonceError> {
        let bytes = base64url::decode(nonce).map_err(|_| NonceError::Invalid)?;
        let (ms, mac) = bytes
            .split_first_chunk::<TIME_BYTES>()
            .ok_or(NonceError::Invalid)?;
        let told = Time::from_ms(u64::from_be_bytes(*ms));
        self.mac(told.ms())
            .verify_slice(mac)
            .map_err(|_| NonceError::Invalid)?;
        if now.ms_since(told) > GOOD_MS || told.ms_since(now) > AHEAD_MS {
            return Err(NonceError::Stale);
        }
        Ok(told)
    }
}

impl std::fmt::Debug for DpopNonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DpopNonce(redacted)")
    }
}
