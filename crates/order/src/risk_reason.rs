//! Why the bank asks for a second approval of an order, or declines it, in words for people.

use crate::Locale;
use crate::words::is_open_word;
use std::fmt;
use std::str::FromStr;
use types::IdError;

/// Why the bank asks for a second approval of an order, or declines it. The list is open: an unknown reason is accepted
/// and stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RiskReason {
    /// The payee is new, and the amount is large for a new payee.
    NewPayee,
    /// The amount is large, whoever the payee is.
    LargeAmount,
    /// A reason that this version does not know.
    Other(String),
}

impl RiskReason {
    /// The word as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::NewPayee => "new_payee",
            Self::LargeAmount => "large_amount",
            Self::Other(word) => word,
        }
    }

    /// Says to a person why the bank asks.
    #[must_use]
    pub const fn text(&self, locale: Locale) -> &'static str {
        match self {
            Self::NewPayee => locale.pick(
                "The payee is new, and the amount is large.",
                "ผู้รับเงินเป็นรายใหม่และจำนวนเงินสูง",
            ),
            Self::LargeAmount => locale.pick("The amount is large.", "จำนวนเงินสูง"),
            Self::Other(_) => locale.pick(
                "The bank makes sure that the order is yours.",
                "ธนาคารต้องการยืนยันว่าเป็นรายการของคุณ",
            ),
        }
    }
}

impl FromStr for RiskReason {
    type Err = IdError;

    /// Accepts 1 to 64 small letters, digits and underscores.
    fn from_str(word: &str) -> Result<Self, IdError> {
        match word {
            "new_payee" => Ok(Self::NewPayee),
            "large_amount" => Ok(Self::LargeAmount),
            _ if is_open_word(word) => Ok(Self::Other(word.to_owned())),
            _ => Err(IdError::NotAnId),
        }
    }
}

impl fmt::Display for RiskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_words_are_read_back_and_others_refused() {
        for word in [
            "new_payee",
            "large_amount",
            "from_elsewhere",
            "a",
            &"x".repeat(64),
        ] {
            let reason: RiskReason = word.parse().unwrap();
            assert_eq!(reason.as_str(), word);
            assert_eq!(reason == RiskReason::NewPayee, word == "new_payee");
            assert_eq!(reason == RiskReason::LargeAmount, word == "large_amount");
        }
        for word in ["", "New", "a b", "ü", &"x".repeat(65)] {
            assert!(word.parse::<RiskReason>().is_err(), "{word}");
        }
    }
}
