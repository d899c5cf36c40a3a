//! What a client may ask a person for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a client may ask a person for. A page says each in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Who the person is, by a reference that only this client has.
    OpenId,
    /// The person's customer number at the bank.
    CustomerNumber,
    /// That this lasts while the person is away: a refresh token.
    OfflineAccess,
    /// The person's accounts, their balances and transactions.
    Accounts,
    /// To prepare payments that the person then approves in the bank's app.
    Payments,
}

/// A text is not a list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the scopes are openid, customer_number, offline_access, accounts and payments, separated by spaces"
)]
pub struct UnknownScope;

/// A set of scopes. As text they are separated by spaces (RFC 6749, 3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::OpenId,
        Self::CustomerNumber,
        Self::OfflineAccess,
        Self::Accounts,
        Self::Payments,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::CustomerNumber => "customer_number",
            Self::OfflineAccess => "offline_access",
            Self::Accounts => "accounts",
            Self::Payments => "payments",
        }
    }
}

impl Scopes {
    /// Whether the scope is in the set.
    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether all of these are in `others`.
    #[must_use]
    pub fn are_in(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Those of these that are in `others`, too.
    #[must_use]
    pub fn within(&self, others: &Self) -> Self {
        Self(self.0.intersection(&others.0).copied().collect())
    }

    /// These and `others`.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        Self(self.0.union(&others.0).copied().collect())
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let scope = |word: &str| {
            let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == word);
            known.ok_or(UnknownScope)
        };
        text.split(' ')
            .map(scope)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.write_str(&words.join(" "))
    }
}
