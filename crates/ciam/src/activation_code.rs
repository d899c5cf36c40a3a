//! The secret that the bank hands to a customer: 80 random bits as 16 Crockford characters.

use std::fmt;
use types::crockford;
use zeroize::{Zeroize as _, Zeroizing};

const CHARACTERS: usize = 16;

/// A one-time activation code. Never printed by `Debug`; kept by ciam as an HMAC only.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationCode(String);

/// A text that is no activation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an activation code is 16 characters of Crockford's base 32")]
pub struct ActivationCodeError;

impl ActivationCode {
    /// From 80 random bits.
    pub(crate) fn from_random(random: &[u8; 10]) -> Self {
        Self(crockford::encode(random, CHARACTERS))
    }

    /// Reads what a person typed.
    pub fn parse(typed: &str) -> Result<Self, ActivationCodeError> {
        let text = Zeroizing::new(crockford::normalise(typed).ok_or(ActivationCodeError)?);
        if text.len() == CHARACTERS {
            Ok(Self(text.to_string()))
        } else {
            Err(ActivationCodeError)
        }
    }

    /// The 16 characters: to print for the customer, or to authenticate.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(redacted)")
    }
}

impl Drop for ActivationCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_code_of_sixteen_characters() {
        let check = |typed: &str, read: Option<&str>| {
            let code = ActivationCode::parse(typed);
            assert_eq!(
                code.as_ref().map(ActivationCode::expose).ok(),
                read,
                "{typed}"
            );
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
