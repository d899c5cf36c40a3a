//! HMAC-SHA256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The block size of SHA-256 in bytes. HMAC hashes longer keys first.
const BLOCK: usize = 64;

/// HMAC-SHA256 (RFC 2104) with a key of at most 64 bytes. Its state is wiped when dropped.
#[derive(Clone)]
pub struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    /// Starts a MAC with `key`.
    #[must_use]
    pub fn new<const N: usize>(key: &[u8; N]) -> Self {
        const { assert!(N <= BLOCK, "longer keys are not supported") };
        // HMAC pads a shorter key with zeros to the block size (RFC 2104, 2).
        let mut block = Zeroizing::new([0; BLOCK]);
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(Hmac::new((&*block).into()))
    }

    /// Adds `message` to the authenticated bytes.
    #[must_use]
    pub fn over(mut self, message: &[u8]) -> Self {
        self.0.update(message);
        self
    }

    /// The MAC.
    #[must_use]
    pub fn finish(self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.finalize().into_bytes().into())
    }

    /// Whether `mac` is the MAC. Compares in constant time.
    #[must_use]
    pub fn matches(self, mac: &[u8]) -> bool {
        self.0.verify_slice(mac).is_ok()
    }
}

impl fmt::Debug for HmacSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha256(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::HmacSha256;
    use types::hex;

    /// Ciphers and hashes contain keys. Their crates wipe them only with a feature flag, which is easily lost.
    #[test]
    fn types_that_contain_keys_are_wiped_when_dropped() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<sha2::Sha256>();
        wiped::<chacha20poly1305::ChaCha20Poly1305>();
        wiped::<chacha20poly1305::XChaCha20Poly1305>();
    }

    /// RFC 4231, 4.2 and 4.3.
    #[test]
    fn the_macs_are_those_of_the_rfc() {
        let check = |mac: HmacSha256, expected: &str| {
            assert_eq!(hex::encode(&*mac.clone().finish()), expected);
            assert!(mac.clone().matches(&hex::decode(expected).unwrap()));
            assert!(!mac.clone().matches(&[0; 32]));
            assert!(!mac.matches(&hex::decode(expected).unwrap()[..31]));
        };
        check(
            HmacSha256::new(&[0x0b; 20]).over(b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        );
        check(
            HmacSha256::new(b"Jefe")
                .over(b"what do ya want ")
                .over(b"for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
    }
}
