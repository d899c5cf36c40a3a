//! Accounts of any kind, with typed balances, held in roles.

use crate::{IdError, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

macro_rules! open_word {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// One that this version does not know, kept as it came.
            Other(String),
        }

        impl $name {
            /// The word as it travels.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) => Err(IdError::NotAnId),
                    _ => Ok(Self::Other(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

open_word!(
    /// What an account is. Open: an unknown kind is kept.
    AccountKind {
        /// Current account.
        Current = "current",
        /// Savings account.
        Savings = "savings",
        /// Fixed deposit.
        FixedDeposit = "fixed_deposit",
        /// Loan.
        Loan = "loan",
        /// Card account.
        Card = "card",
        /// Investment fund.
        Fund = "fund",
    }
);
open_word!(
    /// What a balance counts. Open: an unknown type is kept.
    BalanceType {
        /// Everything booked.
        Booked = "booked",
        /// Booked less holds, plus limit.
        Available = "available",
        /// How far below zero the account may go.
        Limit = "limit",
        /// What is still owed of a loan.
        Principal = "principal",
    }
);
open_word!(
    /// In which role a customer holds an account.
    Role {
        /// Owns it.
        Owner = "owner",
        /// May use it.
        Authorised = "authorised",
    }
);

/// An account's balances by type.
pub type Balances = BTreeMap<BalanceType, Money>;
