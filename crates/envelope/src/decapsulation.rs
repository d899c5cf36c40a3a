//! Opens HPKE (RFC 9180) base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The key agreement
//! happens elsewhere: an enclave returns an x coordinate and never its private key.

#[cfg(test)]
mod tests;

use crate::OpenError;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use hkdf::Hkdf;
use sha2::Sha256;
use types::PublicKey;
use zeroize::Zeroizing;

/// `"KEM" ‖ I2OSP(kem_id, 2)` (RFC 9180, 4.1).
const KEM_SUITE: &[u8] = b"KEM\x00\x10";
/// `"HPKE" ‖ kem_id ‖ kdf_id ‖ aead_id` (RFC 9180, 5.1).
const HPKE_SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";
const MODE_BASE: u8 = 0;

/// The receiver's context for the first message.
pub struct HpkeReceiver {
    key: Zeroizing<[u8; 32]>,
    base_nonce: [u8; 12],
}

impl HpkeReceiver {
    /// SetupBaseR (RFC 9180, 5.1.1). `x` is the x coordinate of the Diffie-Hellman result of `enc` and the private key
    /// of `recipient`.
    #[must_use]
    pub fn new(x: &[u8; 32], enc: &PublicKey, recipient: &PublicKey, info: &[u8]) -> Self {
        let context = [enc.as_bytes().as_slice(), recipient.as_bytes().as_slice()].concat();
        let (_, eae) = labeled_extract(KEM_SUITE, &[], b"eae_prk", x);
        let shared: Zeroizing<[u8; 32]> =
            labeled_expand(&eae, KEM_SUITE, b"shared_secret", &context);

        let (psk_id_hash, _) = labeled_extract(HPKE_SUITE, &[], b"psk_id_hash", &[]);
        let (info_hash, _) = labeled_extract(HPKE_SUITE, &[], b"info_hash", info);
        let schedule = [&[MODE_BASE], psk_id_hash.as_slice(), info_hash.as_slice()].concat();
        let (_, secret) = labeled_extract(HPKE_SUITE, &*shared, b"secret", &[]);
        Self {
            key: labeled_expand(&secret, HPKE_SUITE, b"key", &schedule),
            base_nonce: *labeled_expand(&secret, HPKE_SUITE, b"base_nonce", &schedule),
        }
    }

    /// Opens the sender's first message, whose nonce is the base nonce (RFC 9180, 5.2).
    pub fn open(&self, aad: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        ChaCha20Poly1305::new((&*self.key).into())
            .decrypt(
                &self.base_nonce.into(),
                Payload {
                    msg: ciphertext,
                    aad,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| OpenError::DoesNotOpen)
    }
}

/// LabeledExtract (RFC 9180, 4).
fn labeled_extract(
    suite: &[u8],
    salt: &[u8],
    label: &[u8],
    ikm: &[u8],
) -> (Zeroizing<[u8; 32]>, Hkdf<Sha256>) {
    let labeled = Zeroizing::new([VERSION, suite, label, ikm].concat());
    let (prk, hkdf) = Hkdf::<Sha256>::extract(Some(salt), &labeled);
    (Zeroizing::new(prk.into()), hkdf)
}

/// LabeledExpand (RFC 9180, 4).
fn labeled_expand<const N: usize>(
    prk: &Hkdf<Sha256>,
    suite: &[u8],
    label: &[u8],
    info: &[u8],
) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    let length = u16::try_from(N).unwrap_or_else(|_| unreachable!("{N} bytes are requested"));
    let length = length.to_be_bytes();
    let expanded = prk.expand_multi_info(&[&length, VERSION, suite, label, info], &mut *out);
    assert!(
        expanded.is_ok(),
        "HKDF-SHA256 can produce a key and a nonce"
    );
    out
}
