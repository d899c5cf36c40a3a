//! Orders, what they are made of, and what the customer has arranged.

use super::Amount;
use serde::{Deserialize, Serialize};
use types::{AccountId, BusinessDate, IntentId, Time};

/// What the person typed, before it is an order. Which members an order of a kind has, `docs/protocol.md` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The kind, such as `transfer`, `bill`, `standing`, `cancel`, `payee.add`.
    pub kind: String,
    /// The account that pays.
    pub debit_account: Option<AccountId>,
    /// The amount.
    pub amount: Option<Amount>,
    /// How the creditor is identified: `account`, `domestic`, `iban`, `swift`, `proxy` or `biller`.
    pub scheme: Option<String>,
    /// The account, IBAN, proxy or biller's id.
    pub identification: Option<String>,
    /// The creditor's bank: a BIC, or the country's bank code.
    pub bank: Option<String>,
    /// The creditor's name.
    pub name: Option<String>,
    /// The biller's references.
    pub references: Vec<String>,
    /// The text that the creditor reads.
    pub reference: Option<String>,
    /// The day of execution; without one, at once.
    pub date: Option<BusinessDate>,
    /// How often a standing order pays: `week`, `month`, `quarter` or `year`; its first day is `date`.
    pub frequency: Option<String>,
    /// The last day of a standing order.
    pub last: Option<BusinessDate>,
    /// The order, standing order or payee that the order is about.
    pub target: Option<String>,
    /// The person's own name for a payee.
    pub own_name: Option<String>,
    /// The payment of another app that the order approves.
    pub initiation: Option<IntentId>,
}

/// An order for the person to review. Nothing of it is stored yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The id that the order will have.
    pub intent: String,
    /// Exactly the text that is signed.
    pub text: String,
    /// What the bank charges beside the amount, in words.
    pub fee: Option<String>,
    /// What is wrong, as far as the device knows.
    pub objections: Vec<Objection>,
    /// Whether it can be signed.
    pub can_be_signed: bool,
}

/// What is wrong with an order before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Whether the order cannot be signed because of it.
    pub blocks: bool,
    /// What is wrong and what to do, in words.
    pub message: String,
    /// When the customer's own brake that stops the order loosens.
    pub loosens: Option<Time>,
}

/// An order that this device signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub intent: String,
    /// Its kind, such as `transfer`.
    pub kind: String,
    /// The text that was approved.
    pub text: String,
    /// The amount.
    pub amount: Option<Amount>,
    /// Who gets the money, as a list shows it: the name, or the identification.
    pub creditor: Option<String>,
    /// The stable word of its state, such as `waiting_for_network`, `sent`, `unknown_asking`, `approval_needed`,
    /// `approved`, `accepted`, `scheduled`, `done`, `refused`, `expired`, `cancelled`.
    pub state: String,
    /// The state in words, and what to do.
    pub message: String,
    /// Whether it has its outcome.
    pub is_final: bool,
    /// What it costs beside its amount, in words.
    pub fee: Option<String>,
    /// When it was signed.
    pub created: Time,
    /// The last moment at which the bank accepts it.
    pub not_after: Time,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// Until when the bank accepts a second approval, if it asks for one.
    pub approve_until: Option<Time>,
    /// Whether that approval needs a login.
    pub needs_login: bool,
    /// The draft that makes the same order again.
    pub again: Draft,
}

/// A payee of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Its id.
    pub id: String,
    /// The person's own name for it, or the creditor's name, or the identification.
    pub name: String,
    /// A draft of a transfer to it.
    pub draft: Draft,
}

/// A standing order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingOrder {
    /// Its id.
    pub id: String,
    /// The text that was approved.
    pub text: String,
    /// The amount of each payment.
    pub amount: Option<Amount>,
    /// Who gets the money.
    pub creditor: Option<String>,
}

/// An order that the bank will execute later, whichever device gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingOrder {
    /// The order's id.
    pub id: String,
    /// The text that was approved, if this version understands it.
    pub text: Option<String>,
    /// The day.
    pub date: Option<BusinessDate>,
}

/// A payment that another app of the bank prepared, and that waits for the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiation {
    /// Its id.
    pub id: IntentId,
    /// The app's name, as people know it.
    pub app: String,
    /// Until when it can be approved.
    pub expires: Time,
    /// Who gets the money.
    pub creditor: Option<String>,
    /// A draft of the order that approves it; without an account that pays if the app named none.
    pub draft: Draft,
}

/// What can be ordered without a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The number of orders.
    pub orders: usize,
    /// The most that each may move, by currency.
    pub each_max: Vec<Amount>,
    /// Until when.
    pub expires: Option<Time>,
}
