//! The secret that the bank hands to a customer for enrolling a device: 80 random bits as 16 Crockford characters.

use crate::HmacSha256;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use types::{Nonce, crockford};
use zeroize::Zeroizing;

const CHARACTERS: usize = 16;

/// A one-time activation code, as printed for the customer. `Debug` never shows it; it is wiped when dropped.
#[derive(Clone)]
pub struct ActivationCode(Zeroizing<String>);

/// The text is not an activation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an activation code must have 16 characters of Crockford's base 32")]
pub struct NotACode;

impl ActivationCode {
    /// Makes a code from 80 random bits.
    #[must_use]
    pub fn from_random(random: &[u8; 10]) -> Self {
        Self(Zeroizing::new(crockford::encode(random, CHARACTERS)))
    }

    /// The 16 characters. Callers need them to print the code for the customer, to send it, or to authenticate it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The MAC of the code under a challenge's nonce. A device that signs this MAC commits to this code and can send no
    /// other.
    #[must_use]
    pub fn mac(&self, nonce: Nonce) -> [u8; 32] {
        *self.mac_under(nonce).finish()
    }

    /// Whether `mac` is the MAC of this code under `nonce`. Compares in constant time.
    pub(crate) fn has_mac(&self, nonce: Nonce, mac: &[u8; 32]) -> bool {
        self.mac_under(nonce).matches(mac)
    }

    fn mac_under(&self, nonce: Nonce) -> HmacSha256 {
        HmacSha256::new(nonce.as_bytes()).over(self.0.as_bytes())
    }
}

impl FromStr for ActivationCode {
    type Err = NotACode;
    /// Parses what a person typed: upper or lower case, with letters that look like digits, spaces and hyphens.
    fn from_str(typed: &str) -> Result<Self, NotACode> {
        let code = Zeroizing::new(crockford::normalise(typed).ok_or(NotACode)?);
        if code.len() == CHARACTERS {
            Ok(Self(code))
        } else {
            Err(NotACode)
        }
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_has_sixteen_characters() {
        let check = |typed: &str, read: Option<&str>| {
            let code = typed.parse::<ActivationCode>();
            let exposed = code.as_ref().map(ActivationCode::expose);
            assert_eq!(exposed.ok(), read, "{typed}");
        };
        check("7K3M9QX2VB5TZD1H", Some("7K3M9QX2VB5TZD1H"));
        check("7k3m-9qx2-vb5t-zdlh", Some("7K3M9QX2VB5TZD1H"));
        check("7K3M9QX2VB5TZD1", None);
        check("7K3M9QX2VB5TZD1HH", None);
        check("7K3M9QX2VB5TZD1U", None);
        check("", None);
    }

    #[test]
    fn all_eighty_bits_are_in_the_code_and_none_in_debug() {
        let code = ActivationCode::from_random(&[255; 10]);
        assert_eq!(code.expose(), "Z".repeat(16));
        assert!(!format!("{code:?}").contains('Z'));
        let last_bit = ActivationCode::from_random(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(last_bit.expose(), "0000000000000001");
    }
}
