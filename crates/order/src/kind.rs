//! The kinds of orders, and which fields each kind has.

use crate::words::closed_words;
use crate::{Field, OrderError, Scheme};

closed_words!(
    /// What an order tells the bank to do.
    OrderKind, OrderError::UnknownKind, {
        /// Move money once.
        Transfer = "transfer",
        /// Pay a biller once.
        Bill = "bill",
        /// Move money again and again, by a schedule.
        Standing = "standing",
        /// End a standing order.
        StandingEnd = "standing.end",
        /// Cancel an order that is not executed yet.
        Cancel = "cancel",
        /// Add a payee to the customer's list.
        PayeeAdd = "payee.add",
        /// Remove a payee from the customer's list.
        PayeeRemove = "payee.remove",
    }
);

impl OrderKind {
    /// Whether the order is about something that an earlier order made. Such an order has a target and copies its
    /// fields. It needs no voucher.
    #[must_use]
    pub const fn has_target(self) -> bool {
        matches!(self, Self::StandingEnd | Self::Cancel | Self::PayeeRemove)
    }

    /// The fields that an order of this kind must have, and those that it may have besides.
    pub(crate) const fn fields(self) -> (&'static [Field], &'static [Field]) {
        use Field::{
            Amount, Creditor, DebitAccount, ExecutionDate, OwnName, Reference, Schedule, Target,
        };
        match self {
            Self::Transfer | Self::Bill => (
                &[DebitAccount, Amount, Creditor],
                &[Reference, ExecutionDate],
            ),
            Self::Standing => (&[DebitAccount, Amount, Creditor, Schedule], &[Reference]),
            Self::StandingEnd | Self::Cancel => (&[Target], &[DebitAccount, Amount, Creditor]),
            Self::PayeeAdd => (&[Creditor], &[OwnName]),
            Self::PayeeRemove => (&[Target, Creditor], &[]),
        }
    }

    /// Whether the creditor of an order of this kind may have this scheme. A copy may have any.
    pub(crate) const fn allows(self, scheme: Scheme) -> bool {
        let is_biller = matches!(scheme, Scheme::Biller);
        match self {
            Self::Transfer | Self::Standing => !is_biller,
            Self::Bill => is_biller,
            Self::StandingEnd | Self::Cancel | Self::PayeeAdd | Self::PayeeRemove => true,
        }
    }
}
