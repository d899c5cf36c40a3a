//! Kinds of accounts, types of balances, and roles of holders.

use crate::{IdError, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

macro_rules! open_word {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A word that this version does not know. It is stored unchanged.
            Other(String),
        }

        impl $name {
            /// The word as it is sent.
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

        #[cfg(feature = "openapi")]
        crate::schema::described!($name, concat!($($doc),+), crate::schema::text(64));
    };
}

open_word!(
    /// What kind of account it is. The list is open: an unknown kind is accepted and stored.
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
    /// What a balance counts. The list is open: an unknown type is accepted and stored.
    BalanceType {
        /// Everything booked.
        Booked = "booked",
        /// The booked balance minus holds plus the limit.
        Available = "available",
        /// How far below zero the account may go, as a positive amount or zero.
        Limit = "limit",
        /// The part of a loan that is not paid back yet.
        Principal = "principal",
    }
);
open_word!(
    /// The role in which a customer holds an account.
    Role {
        /// Owns the account.
        Owner = "owner",
        /// May use the account.
        Authorised = "authorised",
    }
);

/// An account's balances by type.
pub type Balances = BTreeMap<BalanceType, Money>;
