//! The browser's randomness.

use crate::browser_error::member;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use wasm_bindgen::JsCast as _;
use web_sys::Crypto;

/// The most bytes that one call of `getRandomValues` fills (Web Cryptography, 10.1.1).
const CALL_BYTES_MAX: usize = 65_536;

/// The randomness of the browser (Web Cryptography, `getRandomValues`).
#[derive(Debug, Clone, Copy, Default)]
pub struct BrowserRandom;

/// The browser's cryptography.
pub(crate) fn crypto() -> Crypto {
    let crypto = member(&js_sys::global(), "crypto").unwrap_or_default();
    crypto.unchecked_into()
}

impl BrowserRandom {
    /// Random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        let Ok(()) = Self.try_fill_bytes(&mut bytes);
        bytes
    }

    /// A random key.
    #[must_use]
    pub fn key(self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.bytes())
    }
}

impl TryRng for BrowserRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    #[allow(clippy::expect_used, reason = "nothing is safe without randomness")]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let crypto = crypto();
        for bytes in bytes.chunks_mut(CALL_BYTES_MAX) {
            let filled = crypto.get_random_values_with_u8_array(bytes);
            filled.expect("a browser has randomness in a secure context");
        }
        Ok(())
    }
}

impl TryCryptoRng for BrowserRandom {}
