//! The fields of an order, of its creditor and of its schedule, with their keys.

use std::fmt;

/// A field of an order, of its creditor or of its schedule. An error names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Order, 0.
    Kind,
    /// Order, 1.
    DebitAccount,
    /// Order, 2.
    Amount,
    /// Order, 3.
    Creditor,
    /// Order, 4.
    Reference,
    /// Order, 5.
    ExecutionDate,
    /// Order, 6.
    Schedule,
    /// Order, 7.
    Target,
    /// Order, 8.
    OwnName,
    /// Creditor, 0.
    Scheme,
    /// Creditor, 1.
    Identification,
    /// Creditor, 2.
    Bank,
    /// Creditor, 3.
    Name,
    /// Creditor, 4.
    References,
    /// Schedule, 0.
    Frequency,
    /// Schedule, 1.
    First,
    /// Schedule, 2.
    Last,
}

impl Field {
    /// The integer key in the field's own map.
    #[must_use]
    pub const fn key(self) -> u64 {
        match self {
            Self::Kind | Self::Scheme | Self::Frequency => 0,
            Self::DebitAccount | Self::Identification | Self::First => 1,
            Self::Amount | Self::Bank | Self::Last => 2,
            Self::Creditor | Self::Name => 3,
            Self::Reference | Self::References => 4,
            Self::ExecutionDate => 5,
            Self::Schedule => 6,
            Self::Target => 7,
            Self::OwnName => 8,
        }
    }

    /// The most characters of the field's text, if the field is a text of people or an id.
    pub(crate) const fn characters_max(self) -> usize {
        match self {
            Self::Name | Self::OwnName => 70,
            Self::Reference => 140,
            _ => 128,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "kind",
            Self::DebitAccount => "debit account",
            Self::Amount => "amount",
            Self::Creditor => "creditor",
            Self::Reference => "reference",
            Self::ExecutionDate => "execution date",
            Self::Schedule => "schedule",
            Self::Target => "target",
            Self::OwnName => "own name",
            Self::Scheme => "creditor's scheme",
            Self::Identification => "creditor's identification",
            Self::Bank => "creditor's bank",
            Self::Name => "creditor's name",
            Self::References => "biller's references",
            Self::Frequency => "schedule's frequency",
            Self::First => "schedule's first date",
            Self::Last => "schedule's last date",
        })
    }
}
