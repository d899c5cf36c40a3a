//! Derives keys from other keys.

#[cfg(test)]
mod tests;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// HKDF-SHA256 (RFC 5869) with an empty salt and an output of 32 bytes.
pub(crate) fn hkdf(secret: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(None, secret).expand(info, &mut *out);
    assert!(expanded.is_ok(), "HKDF-SHA256 can produce 32 bytes");
    out
}
