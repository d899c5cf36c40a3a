//! What other apps of the bank read of a customer's accounts.

use serde::{Deserialize, Serialize};
use types::{
    AccountId, AccountKind, BalanceType, BusinessDate, Currency, Money, Role, Time, TransactionId,
};

/// Maximum transactions in an answer.
pub const TRANSACTIONS_MAX: usize = 500;

/// An account of a customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldAccount {
    /// The account.
    pub account: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The role in which the customer holds it.
    pub role: Role,
}

/// The answer to `GET /v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountsAnswer {
    /// The accounts, ordered by id.
    pub accounts: Vec<HeldAccount>,
}

/// A balance of an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatedBalance {
    /// Which balance it is.
    #[serde(rename = "type")]
    pub kind: BalanceType,
    /// The amount.
    pub amount: Money,
}

/// The answer to `GET /v1/accounts/{account}/balances`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BalancesAnswer {
    /// The account.
    pub account: AccountId,
    /// Its balances.
    pub balances: Vec<StatedBalance>,
    /// How many transactions they count: the newest one's number.
    pub transactions: u64,
}

/// A booked transaction of an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountTransaction {
    /// The transaction.
    pub transaction: TransactionId,
    /// Its number among the account's transactions, from 1 without gaps.
    pub number: u64,
    /// When it was booked, in milliseconds since 1970.
    pub booked: Time,
    /// The business date.
    pub date: BusinessDate,
    /// The amount, negative if money left the account.
    pub amount: Money,
    /// The operation, such as `cash_deposit`.
    pub operation: String,
    /// The purpose of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The counterparty's bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_bank: Option<String>,
    /// The counterparty's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<String>,
    /// The balances after it: those that it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balances: Vec<StatedBalance>,
}

/// The answer to `GET /v1/accounts/{account}/transactions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransactionsAnswer {
    /// The transactions, the oldest first.
    pub transactions: Vec<AccountTransaction>,
    /// `after` of the next request. Absent if the bank has no newer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

redacted!(HeldAccount, StatedBalance, AccountTransaction);
