//! Keys from keys.

#[cfg(test)]
mod tests;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HKDF-SHA256 (RFC 5869) with an empty salt, 32 bytes out.
pub(crate) fn hkdf(secret: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(None, secret).expand(info, &mut *out);
    debug_assert!(expanded.is_ok(), "32 bytes are within HKDF-SHA256's reach");
    out
}

/// An HMAC-SHA256 over `message`, to be finished or compared in constant time.
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> Hmac<Sha256> {
    // HMAC fills a key up to SHA-256's block of 64 bytes with zeros (RFC 2104, 2).
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(message);
    mac
}
