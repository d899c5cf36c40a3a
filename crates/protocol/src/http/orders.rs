//! Orders, vouchers and payee checks.

use super::{OrderChallenge, OwnBrake};
use crate::{Base64UrlBytes, json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;
use types::{BusinessDate, IntentId, Money, Time, base64url};

/// The answer to `POST /v1/vouchers`, which has no body.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VouchersAnswer {
    /// The device's vouchers that are neither spent nor expired, each a Sign1. There are as many as a device may have.
    pub vouchers: Vec<Base64UrlBytes>,
    /// The limits of the device's orders. Absent if the device was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<OrderLimits>,
    /// The schedule of fees: what counts now, and what is announced. Absent if there are none, or if the device was revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<OrderFee>,
}

/// A row of the schedule of fees: what each payment to a creditor of the scheme costs beside its amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderFee {
    /// The creditor's scheme.
    pub scheme: String,
    /// The fee in the currency of the account that pays; zero ends an earlier fee.
    pub amount: Money,
    /// The first moment at which it counts, in milliseconds since 1970.
    pub from: Time,
}

/// The limits on what leaves a customer's accounts: the bank's, or the customer's own where those are lower. Transfers between
/// own accounts do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLimits {
    /// Of all orders in 24 hours.
    pub day: Money,
    /// What is left of it now.
    pub day_left: Money,
    /// Of all orders to a payee in the cooling-off time after the first one.
    pub new_payee: Money,
    /// What is left for this device while it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_device_left: Option<Money>,
    /// Until when the device is new, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_device_until: Option<Time>,
    /// The cooling-off time in milliseconds.
    pub cooling_off_ms: u64,
    /// Further limits of kinds of orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindLimits>,
    /// What a new payee may get in the cooling-off time before the bank challenges an order: the person approves it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_again_above: Option<Money>,
    /// What an order may move before the bank challenges it and needs a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_above: Option<Money>,
    /// The customer's own brakes. Limits of theirs that are lower than the bank's are in the members above already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brakes: Vec<OwnBrake>,
}

/// Limits of a kind of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindLimits {
    /// The kind.
    pub kind: String,
    /// Of one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Money>,
    /// Of the kind's orders in 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Money>,
    /// What is left of it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_left: Option<Money>,
}

impl fmt::Debug for VouchersAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VouchersAnswer({})", self.vouchers.len())
    }
}

/// The body of `POST /v1/orders`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedOrder {
    /// A Sign1 that embeds the intent: by the approval key of an app, by the session key of a browser.
    pub signed: Base64UrlBytes,
    /// The passkey's assertion over SHA-256 of `signed`. A browser sends it; an app does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<PasskeyAssertion>,
}

/// Why a body is not a [`SignedOrder`] or a [`SignedChallenge`].
#[derive(Debug, Error)]
pub enum SignedBodyError {
    /// It has the members and texts of one, and a text is not unpadded base64url.
    #[error("a member is not unpadded base64url")]
    NotBase64Url,
    /// It is other JSON, or none. The message names the position, not the content.
    #[error("not the expected JSON, at line {line} column {column}")]
    WrongShape {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
}

impl SignedBodyError {
    /// A stable word for what is wrong.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotBase64Url => "not_base64url",
            Self::WrongShape { .. } => "wrong_shape",
        }
    }
}

/// The texts of a signed body, not decoded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    signed: String,
    assertion: Option<BTreeMap<String, String>>,
}

impl SignedOrder {
    /// Reads a body.
    pub fn from_json(body: &[u8]) -> Result<Self, SignedBodyError> {
        read(body)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SignedBodyError> {
    json::from_slice(body).map_err(|error| {
        let texts: Option<Texts> = json::from_slice(body).ok();
        let undecodable = texts.is_some_and(|Texts { signed, assertion }| {
            let assertion = assertion.unwrap_or_default();
            let mut texts = assertion.values().chain([&signed]);
            texts.any(|text| base64url::decode(text).is_err())
        });
        if undecodable {
            return SignedBodyError::NotBase64Url;
        }
        SignedBodyError::WrongShape {
            line: error.line(),
            column: error.column(),
        }
    })
}

/// Maximum orders in one body of `POST /v1/orders/batch`.
pub const BATCH_ORDERS_MAX: usize = 20;

/// The body of `POST /v1/orders/batch`: 1 to 20 orders, each judged by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedOrders {
    /// The orders. What is no signed order is refused by itself.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20))]
    pub orders: Vec<serde_json::Value>,
}

/// The answer to `POST /v1/orders/batch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderAnswers {
    /// The answer to each order, in the order of the request.
    pub answers: Vec<BatchAnswer>,
}

/// What `POST /v1/orders` would have answered to an order of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body: a receipt, or a problem.
    pub body: serde_json::Value,
}

/// A passkey's assertion (WebAuthn Level 3, 5.2.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasskeyAssertion {
    /// The credential's id.
    pub credential: Base64UrlBytes,
    /// The authenticator data.
    pub authenticator_data: Base64UrlBytes,
    /// The client data: the bytes of its JSON.
    pub client_data_json: Base64UrlBytes,
    /// The signature over the authenticator data and SHA-256 of the client data.
    pub signature: Base64UrlBytes,
}

/// The receipt of an order that gateway accepted and stored. The same intent again gets the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderReceived {
    /// The intent's id.
    pub intent: IntentId,
    /// When gateway accepted the order, in milliseconds since 1970.
    pub received: Time,
    /// What the bank needs before it executes the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<OrderChallenge>,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderProgress {
    /// gateway accepted the order; the core bank has not answered yet.
    Received,
    /// gateway accepted the order and waits for the answer to its challenge. The core bank does not have it.
    Challenged,
    /// The core bank will execute the order later: it is dated, or in clearing.
    Pending,
    /// The order was executed.
    Executed,
    /// The core bank refused the order, or gateway did.
    Refused,
    /// The order was cancelled before it was executed.
    Cancelled,
}

/// The answer to `GET /v1/orders/{intent}`, and to `POST /v1/orders` with `Prefer: wait` if the outcome came in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderAnswer {
    /// The intent's id.
    pub intent: IntentId,
    /// When gateway accepted the order, in milliseconds since 1970.
    pub received: Time,
    /// How far the order has come.
    pub state: OrderProgress,
    /// Why the order was refused: the core bank's reason, or the name of gateway's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of gateway's code, if gateway refused the order (`docs/errors.md`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The bank's reference of an executed order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
    /// The business date of the execution, or the date on which a pending order will be executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<BusinessDate>,
    /// What the bank needs before it executes a challenged order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<OrderChallenge>,
}

impl OrderAnswer {
    /// Whether the core bank has answered, or is not asked before the device answers.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.state != OrderProgress::Received
    }
}

/// The body of `POST /v1/payee-checks`: a creditor as in an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PayeeCheckRequest {
    /// The creditor's scheme.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^(account|domestic|iban|swift|proxy|biller)$")
    )]
    pub scheme: String,
    /// The creditor's account, or what the scheme has in its place.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub identification: String,
    /// The creditor's bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub bank: Option<String>,
    /// The creditor's name, as the customer believes it to be.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 70))]
    pub name: String,
}

/// Whether the account belongs to whom the customer named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PayeeMatch {
    /// The account belongs to this name.
    Match,
    /// The account belongs to a similar name, which the answer contains.
    Close,
    /// The account belongs to somebody else, or does not exist.
    None,
    /// The bank cannot say to whom the account belongs.
    CannotSay,
}

/// The answer to `POST /v1/payee-checks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayeeCheckAnswer {
    /// The result.
    pub result: PayeeMatch,
    /// The name of the account's holder, in a close match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The body of `POST /v1/orders/{intent}/challenge`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedChallenge {
    /// A Sign1 that embeds the challenge's statement, by the key that signs the device's orders.
    pub signed: Base64UrlBytes,
    /// The passkey's assertion over SHA-256 of `signed`. A browser sends it; an app does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<PasskeyAssertion>,
}

impl SignedChallenge {
    /// Reads a body.
    pub fn from_json(body: &[u8]) -> Result<Self, SignedBodyError> {
        read(body)
    }
}

redacted!(SignedOrder, PayeeCheckRequest, SignedChallenge);
