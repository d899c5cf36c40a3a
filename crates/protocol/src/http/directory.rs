//! What the operator of the sandbox bank sets up to try payments: the states of accounts, proxies, billers, what other
//! banks do, and fees.

use super::OrderFee;
use serde::{Deserialize, Serialize};
use types::{AccountId, BusinessDate, Money, Time};

/// Whether an account takes part in payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Participation {
    /// It does.
    Open,
    /// Orders that debit or credit it are refused until it is open again.
    Frozen,
    /// Orders that debit or credit it are refused.
    Closed,
}

/// The body of `POST /v1/operator/account-states`, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountStateRow {
    /// The account.
    pub account: AccountId,
    /// Its state from now on.
    pub state: Participation,
}

/// The body of `POST /v1/operator/proxies`, and the answer: what a number of the proxy service stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyRow {
    /// The number as in an order: `mobile:`, `national:` or `ewallet:`, and digits.
    pub proxy: String,
    /// The account.
    pub account: String,
    /// The account's bank. Absent if the account is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// The owner's name, if the service tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The body of `POST /v1/operator/billers`, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillerRow {
    /// The biller's id.
    pub biller: String,
    /// The biller's name.
    pub name: String,
    /// Where the biller's money goes. Absent if the account is at another bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// How many references a bill has, 1 to 3.
    pub references: u8,
    /// Whether the last digit of each reference is a check digit (ISO/IEC 7812-1, annex B).
    pub checked: bool,
}

/// What another bank, or a biller there, does with payments to a creditor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// It accepts them, as it does if nothing else is set.
    Accepts,
    /// It refuses them in clearing.
    Refuses,
    /// It returns them some business days after they were settled.
    Returns,
}

/// The body of `POST /v1/operator/counterparties`, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterpartyRow {
    /// The creditor's scheme; any but `account`.
    pub scheme: String,
    /// The creditor's identification, as in an order.
    pub identification: String,
    /// What becomes of payments to it.
    pub handling: Handling,
    /// The business days until a return, 1 to 30. Present exactly with `returns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u8>,
}

/// The body of `POST /v1/operator/fees`. The answer is an [`OrderFee`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnounceFee {
    /// The creditor's scheme.
    pub scheme: String,
    /// The fee, in the currency of the accounts that pay it.
    pub amount: Money,
    /// The first moment at which it counts. Absent: as soon as the notice allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
}

/// The answer to `GET /v1/operator/directory`: at most 1,000 of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Accounts that are not open.
    pub accounts: Vec<AccountStateRow>,
    /// The proxies.
    pub proxies: Vec<ProxyRow>,
    /// The billers.
    pub billers: Vec<BillerRow>,
    /// The creditors at other banks whose payments are not accepted.
    pub counterparties: Vec<CounterpartyRow>,
    /// The schedule of fees.
    pub fees: Vec<OrderFee>,
    /// The bank holidays.
    pub holidays: Vec<BusinessDate>,
}
