//! The server's nonce in a DPoP proof. It carries the server's time, for devices whose clock cannot be trusted.

use envelope::HmacSha256;
use protocol::{cbor, cbor_array};
use thiserror::Error;
use types::{Time, base64url};

const AHEAD_MS: u64 = 10_000;
const TIME_BYTES: usize = 8;

/// Why a nonce is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NonceError {
    /// No node of this bank made the nonce.
    #[error("not a nonce of this bank")]
    Invalid,
    /// The nonce is older than 300 s, or more than 10 s in the future.
    #[error("the nonce is too old or in the future")]
    Stale,
}

/// Makes and verifies nonces with a key. Nothing is stored.
///
/// A nonce is base64url of the time in milliseconds (8 bytes, big-endian), followed by its HMAC-SHA256 over
/// `["passbook dpop nonce", 1, ms]`.
#[derive(Clone, Debug)]
pub struct DpopNonce(HmacSha256);

impl DpopNonce {
    /// How long after its time a nonce is good, and a proof with it, in milliseconds.
    pub const GOOD_MS: u64 = 300_000;

    /// Makes and verifies nonces with `key`.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(HmacSha256::new(key))
    }

    /// Those of one node: under a key that follows from the key that all nodes share, and from the node's name. What one
    /// node mints no other accepts, so that a proof is good at one node, which knows all proofs that it accepted. A node
    /// that starts anew, and does not know them any more, takes a new name.
    #[must_use]
    pub fn of_node(shared: &[u8; 32], node: &[u8; 16]) -> Self {
        let name = cbor::encode(&cbor_array!["passbook dpop node", 1, node.as_slice()]);
        Self(HmacSha256::new(
            &HmacSha256::new(shared).over(&name).finish(),
        ))
    }

    fn mac(&self, ms: u64) -> HmacSha256 {
        let time = cbor::encode(&cbor_array!["passbook dpop nonce", 1, ms]);
        self.0.clone().over(&time)
    }

    /// Makes a nonce that carries the time `now`.
    #[must_use]
    pub fn mint(&self, now: Time) -> String {
        let mac = self.mac(now.ms()).finish();
        base64url::encode(&[now.ms().to_be_bytes().as_slice(), mac.as_slice()].concat())
    }

    /// Verifies a nonce and returns its time. It must be valid at `now`.
    pub fn verify(&self, nonce: &str, now: Time) -> Result<Time, NonceError> {
        let bytes = base64url::decode(nonce).map_err(|_| NonceError::Invalid)?;
        let (ms, mac) = bytes
            .split_first_chunk::<TIME_BYTES>()
            .ok_or(NonceError::Invalid)?;
        let time = Time::from_ms(u64::from_be_bytes(*ms));
        if !self.mac(time.ms()).matches(mac) {
            return Err(NonceError::Invalid);
        }
        if now.ms_since(time) > Self::GOOD_MS || time.ms_since(now) > AHEAD_MS {
            return Err(NonceError::Stale);
        }
        Ok(time)
    }
}
