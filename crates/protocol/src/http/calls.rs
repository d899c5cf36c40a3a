//! Calls of the bank: `POST /v1/operator/calls` announces one, and `GET /v1/calls` tells the customer's devices.

use serde::{Deserialize, Serialize};
use types::{CustomerId, Time};

/// The body of `POST /v1/operator/calls`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnounceCall {
    /// Who is called.
    pub customer: CustomerId,
    /// Who calls, as the customer knows it: 1 to 64 characters.
    pub desk: String,
    /// How long the announcement holds: 1 to 60 minutes.
    pub minutes: u32,
}

/// The body of `POST /v1/operator/calls/endings`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndCall {
    /// Who was called.
    pub customer: CustomerId,
}

/// The answer to `POST /v1/operator/calls/endings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEnded {
    /// Whether a call was announced.
    pub was_announced: bool,
}

/// A call of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BankCall {
    /// Who calls.
    pub desk: String,
    /// Since when.
    pub began: Time,
    /// Until when the announcement holds.
    pub ends: Time,
}

/// The answer to `GET /v1/calls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallsAnswer {
    /// The bank's call to the customer now. `None`: whoever calls is not the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<BankCall>,
}

redacted!(AnnounceCall, EndCall);
