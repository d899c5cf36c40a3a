//! The bank's lists: customers who are let through, addresses, countries.

use crate::error::Refused;
use std::fmt;
use std::str::FromStr;
use types::Time;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Customers who are let through.
    ExceptionUser,
    /// Addresses that the bank trusts.
    TrustedAddress,
    /// Addresses that it does not.
    UntrustedAddress,
    /// Addresses with a risk.
    AddressRisk,
    /// Countries that the bank accepts nothing from.
    NegativeCountry,
}

impl List {
    /// All lists.
    pub const ALL: [Self; 5] = [
        Self::ExceptionUser,
        Self::TrustedAddress,
        Self::UntrustedAddress,
        Self::AddressRisk,
        Self::NegativeCountry,
    ];

    /// The word as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExceptionUser => "exception_user",
            Self::TrustedAddress => "trusted_address",
            Self::UntrustedAddress => "untrusted_address",
            Self::AddressRisk => "address_risk",
            Self::NegativeCountry => "negative_country",
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for List {
    type Err = Refused;
    fn from_str(word: &str) -> Result<Self, Refused> {
        let found = Self::ALL.into_iter().find(|list| list.as_str() == word);
        found.ok_or_else(|| Refused::Entry(format!("there is no list `{word}`")))
    }
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The list.
    pub list: List,
    /// The customer, prefix or country.
    pub entry: String,
    /// The risk of an address, 0 to 100. `None` in other lists.
    pub risk: Option<u8>,
    /// Until when it counts. `None` without an end.
    pub until: Option<Time>,
    /// Who listed it.
    pub person: String,
    /// When.
    pub since: Time,
}
