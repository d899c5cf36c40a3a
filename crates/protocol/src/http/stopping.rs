//! `POST /v1/stop` and `POST /v1/operator/resumptions`: a customer stops everything, and the bank undoes it.

use serde::{Deserialize, Serialize};
use types::{CustomerId, Time};

/// The answer to `POST /v1/stop`. The request has no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EverythingStopped {
    /// When the customer stopped everything.
    pub stopped: Time,
    /// How many devices were revoked, the asking one included.
    pub devices: u64,
    /// How many orders ended because of it. Without it, the core bank has not answered yet: it is asked until it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<u64>,
}

/// The body of `POST /v1/operator/resumptions`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeCustomer {
    /// The customer.
    pub customer: CustomerId,
    /// Why the bank undoes the stop, for the audit record.
    pub reason: String,
}

/// The answer to `POST /v1/operator/resumptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerResumed {
    /// Whether the customer had stopped everything.
    pub was_stopped: bool,
}

redacted!(ResumeCustomer);
