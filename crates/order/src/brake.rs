//! What a customer can brake of their own orders.

use crate::OrderKind;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use types::AccountId;

/// The kinds of orders that pay: each has limits of its own.
const PAYING: [OrderKind; 3] = [OrderKind::Transfer, OrderKind::Bill, OrderKind::Standing];

/// What a brake is on: a limit of the customer's own, or a freeze.
///
/// ```
/// use order::{Brake, OrderKind};
/// assert_eq!("transfer.day".parse(), Ok(Brake::KindDay(OrderKind::Transfer)));
/// assert_eq!(Brake::Account("576".parse().unwrap()).to_string(), "account:576");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Brake {
    /// What all orders of 24 hours move: a limit.
    Day,
    /// What one order of the kind moves: a limit.
    KindOrder(OrderKind),
    /// What the kind's orders of 24 hours move: a limit.
    KindDay(OrderKind),
    /// Orders that debit the account: a freeze.
    Account(AccountId),
    /// Payments to new payees: a freeze.
    NewPayees,
}

/// The text names no brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a brake is `day`, a kind that pays followed by `.order` or `.day`, `new_payees`, or `account:` and an account"
)]
pub struct NotABrake;

impl Brake {
    /// Whether it is a limit. Otherwise it is a freeze.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Day | Self::KindOrder(_) | Self::KindDay(_))
    }
}

impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day => f.write_str("day"),
            Self::KindOrder(kind) => write!(f, "{kind}.order"),
            Self::KindDay(kind) => write!(f, "{kind}.day"),
            Self::Account(account) => write!(f, "account:{account}"),
            Self::NewPayees => f.write_str("new_payees"),
        }
    }
}

impl FromStr for Brake {
    type Err = NotABrake;

    fn from_str(text: &str) -> Result<Self, NotABrake> {
        if let Some(account) = text.strip_prefix("account:") {
            return account.parse().map(Self::Account).map_err(|_| NotABrake);
        }
        let kinds = PAYING.into_iter();
        let of_kinds = kinds.flat_map(|kind| [Self::KindOrder(kind), Self::KindDay(kind)]);
        let mut all = [Self::Day, Self::NewPayees].into_iter().chain(of_kinds);
        all.find(|brake| brake.to_string() == text).ok_or(NotABrake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_brake_is_read_back_and_nothing_else_is_one() {
        let brakes = [
            (Brake::Day, "day"),
            (Brake::KindOrder(OrderKind::Bill), "bill.order"),
            (Brake::KindDay(OrderKind::Standing), "standing.day"),
            (Brake::Account("a:b".parse().unwrap()), "account:a:b"),
            (Brake::NewPayees, "new_payees"),
        ];
        for (brake, text) in brakes {
            assert_eq!(brake.to_string(), text);
            assert_eq!(text.parse(), Ok(brake));
        }
        for text in ["", "Day", "cancel.order", "transfer", "account:", "week"] {
            assert_eq!(text.parse::<Brake>(), Err(NotABrake), "{text}");
        }
    }
}
