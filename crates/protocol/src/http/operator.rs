//! Bodies of the operator's routes: loading and posting in the sandbox bank, activation codes, revocation.

use serde::{Deserialize, Serialize};
use std::fmt;
use types::{
    AccountId, AccountKind, BusinessDate, Currency, CustomerId, DeviceId, Money, Role, Sequence,
    Time, TransactionId,
};

/// The body of `POST /v1/operator/customers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// The customers to load.
    pub customers: Vec<CustomerRow>,
}

/// A customer of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerRow {
    /// The customer's number.
    pub customer: CustomerId,
    /// The customer's name, if the bank knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The body of `POST /v1/operator/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// The accounts to load.
    pub accounts: Vec<AccountRow>,
}

/// An account at the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRow {
    /// The account's id.
    pub account: AccountId,
    /// The account's kind.
    pub kind: AccountKind,
    /// The account's name.
    pub name: String,
    /// The account's currency.
    pub currency: Currency,
    /// The day on which it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<BusinessDate>,
    /// How far below zero the account may go. If absent, there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
}

/// The body of `POST /v1/operator/holders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holders {
    /// The holders to load.
    pub holders: Vec<HolderRow>,
}

/// A holder of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderRow {
    /// The account.
    pub account: AccountId,
    /// The customer.
    pub customer: CustomerId,
    /// The role in which the customer holds it.
    pub role: Role,
}

/// The result of loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Number of new rows.
    pub loaded: u64,
    /// Number of rows that existed already with the same content.
    pub existing: u64,
}

/// The body of `POST /v1/operator/transactions`. Posting the same transaction again gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostTransaction {
    /// The transaction's id. It makes the request idempotent.
    pub transaction: TransactionId,
    /// The account that it is booked on.
    pub account: AccountId,
    /// The amount, negative if money leaves the account.
    pub amount: Money,
    /// The operation, such as `cash_deposit`.
    pub operation: String,
    /// The business date. If absent, the bank's current date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<BusinessDate>,
    /// The purpose of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The counterparty's bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_bank: Option<String>,
    /// The counterparty's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<String>,
}

/// A booked transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedTransaction {
    /// The transaction's id.
    pub transaction: TransactionId,
    /// The account.
    pub account: AccountId,
    /// Its number among the account's transactions, from 1.
    pub number: u64,
    /// The sequence of its event.
    pub sequence: Sequence,
    /// The booked balance after it. Absent if JSON cannot carry it exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Money>,
}

/// The body of `POST /v1/operator/clock`: one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveClock {
    /// How far the sandbox bank's clock moves, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance_seconds: Option<u64>,
    /// The day to whose beginning it moves, unless the day has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BusinessDate>,
}

/// The sandbox bank's outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// Events that are not published yet.
    pub unpublished: u64,
}

/// The sandbox bank's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankClock {
    /// The bank's time.
    pub time: Time,
    /// The bank's business date.
    pub date: BusinessDate,
}

/// The body of `POST /v1/operator/activation-codes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCode {
    /// The customer who gets the code.
    pub customer: CustomerId,
}

/// An activation code. It is returned only once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedCode {
    /// The customer who gets the code.
    pub customer: CustomerId,
    /// The 16 characters that the device sends.
    pub code: String,
    /// The root key's fingerprint: 26 characters that are printed beside the code and never sent.
    pub root: String,
    /// The time at which the code expires.
    pub expires: Time,
}

impl fmt::Debug for IssuedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCode")
            .field("customer", &self.customer)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The body of `POST /v1/operator/backups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeBackup {
    /// The absolute path of a directory on the servers' machine, new or empty.
    pub directory: String,
    /// The absolute path of a new file for the vault's keys; without one they are left out.
    pub vault: Option<String>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupMade {
    /// Files in it.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// The body of `POST /v1/operator/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewrapKeys {
    /// Whether a new key-encryption key is made first.
    pub rotate: bool,
}

/// All wrapped keys are under the newest key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewrappedKeys {
    /// The number of the newest key-encryption key.
    pub key: u32,
    /// Message keys that were wrapped anew now.
    pub message_keys: u64,
}

/// The body of `POST /v1/operator/revocations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The device to remove.
    pub device: DeviceId,
}

/// The device is revoked: its streams are being closed, and later messages are under a new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The device.
    pub device: DeviceId,
    /// The revocation's number.
    pub revocation: u64,
}
