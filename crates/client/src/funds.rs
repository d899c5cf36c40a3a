//! What an account has, with pending amounts.

use types::Money;

/// The money of an account, in the account's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funds {
    /// The booked balance.
    pub booked: Money,
    /// The sum of the pending amounts: of orders whose booking has not arrived.
    pub pending: Money,
    /// The booked balance after the pending amounts.
    pub expected: Money,
    /// What can be spent after the pending amounts: the bank's available balance without those that the bank does not
    /// hold yet. `None` if the bank states no available balance.
    pub available: Option<Money>,
}
