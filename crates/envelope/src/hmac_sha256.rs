//! HMAC-SHA256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The block of SHA-256 in bytes. HMAC hashes keys that are longer.
const BLOCK: usize = 64;

/// HMAC-SHA256 (RFC 2104) under a key of at most 64 bytes. Its state is wiped when it is dropped.
#[derive(Clone)]
pub struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    /// Under `key`.
    #[must_use]
    pub fn new<const N: usize>(key: &[u8; N]) -> Self {
        const { assert!(N <= BLOCK, "a longer key would be hashed first") };
        // A shorter key is filled up with zeros to a block (RFC 2104, 2).
        let mut block = Zeroizing::new([0; BLOCK]);
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(Hmac::new((&*block).into()))
    }

    /// Takes `message` in, after what was taken in before.
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

    /// Whether `mac` is the MAC, compared in constant time.
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

    /// Ciphers, and the hashes that a MAC is made of, hold keys: their crates wipe them only with a feature, which is
    /// easily lost.
    #[test]
    fn what_holds_a_key_is_wiped_when_it_is_dropped() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<sha2::Sha256>();
        wiped::<chacha20poly1305::ChaCha20Poly1305>();
        wiped::<chacha20poly1305::XChaCha20Poly1305>();
    }

    /// RFC 4231, 4.2 and 4.3.
    #[test]
    fn the_rfcs_macs_come_out() {
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
