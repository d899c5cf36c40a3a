//! Payments that other apps of the bank prepare, and the customer approves.

use super::OrderProgress;
use serde::{Deserialize, Serialize};
use types::{BusinessDate, ClientId, IntentId, Money, Time};

/// A creditor, as in an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderCreditor {
    /// The scheme.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^(account|domestic|iban|swift|proxy|biller)$")
    )]
    pub scheme: String,
    /// The account, or what the scheme has in its place.
    pub identification: String,
    /// The bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// The creditor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The references of a bill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

/// The body of `POST /v1/payment-initiations`: a transfer, or a bill if the creditor is a biller.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InitiatePayment {
    /// The account that pays. Without it the customer chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The amount.
    pub amount: Money,
    /// Who gets it.
    pub creditor: OrderCreditor,
    /// The text that the creditor reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The day of execution; without one, at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_date: Option<BusinessDate>,
}

/// What became of an initiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InitiationState {
    /// The customer has not approved it yet.
    Waiting,
    /// The customer declined it.
    Declined,
    /// The customer did not approve it in time.
    Expired,
    /// The customer approved it, and the bank has not executed it yet.
    Approved,
    /// The payment was executed.
    Executed,
    /// The bank refused the payment, or the other bank returned it.
    Refused,
    /// The payment was cancelled after it was approved.
    Cancelled,
}

impl From<OrderProgress> for InitiationState {
    fn from(order: OrderProgress) -> Self {
        match order {
            OrderProgress::Received | OrderProgress::Challenged | OrderProgress::Pending => {
                Self::Approved
            }
            OrderProgress::Executed => Self::Executed,
            OrderProgress::Refused => Self::Refused,
            OrderProgress::Cancelled => Self::Cancelled,
        }
    }
}

/// The answer to `POST /v1/payment-initiations` and `GET /v1/payment-initiations/{initiation}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InitiationAnswer {
    /// The initiation. The order that approves it has this id.
    pub initiation: IntentId,
    /// What became of it.
    pub state: InitiationState,
    /// When the app sent it, in milliseconds since 1970.
    pub created: Time,
    /// Until when the customer may approve it, in milliseconds since 1970.
    pub expires: Time,
}

/// A payment that waits for the customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingInitiation {
    /// The initiation.
    pub initiation: IntentId,
    /// The app that prepared it.
    pub client: ClientId,
    /// The app's name, as people know it.
    pub name: String,
    /// When the app sent it, in milliseconds since 1970.
    pub created: Time,
    /// Until when the customer may approve it, in milliseconds since 1970.
    pub expires: Time,
    /// The payment.
    pub payment: InitiatePayment,
}

/// The answer to `GET /v1/initiations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingInitiations {
    /// The payments that wait for the customer, the oldest first.
    pub initiations: Vec<WaitingInitiation>,
}

/// The body of `POST /v1/initiations/declines`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclineInitiation {
    /// The initiation.
    pub initiation: IntentId,
}

redacted!(OrderCreditor, InitiatePayment, WaitingInitiation);
