//! The customer's own brakes: limits below the bank's, and freezes.

use serde::{Deserialize, Serialize};
use types::{Money, Time};

/// The body of `POST /v1/brakes`: with `limit` a limit is set, with `ends` a limit or a freeze ends, and with neither
/// something is frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetBrake {
    /// What the brake is on.
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^(day|(transfer|bill|standing)\.(order|day)|account:.{1,128}|new_payees)$"
        )
    )]
    pub brake: String,
    /// The limit, in the currency of the bank's limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// Whether the brake ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
}

/// A brake of the customer that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnBrake {
    /// What it is on.
    pub brake: String,
    /// The customer's limit. Absent if it is a freeze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// The bank's limit, up to which the customer may raise theirs. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banks: Option<Money>,
    /// When it began, in milliseconds since 1970.
    pub since: Time,
    /// When it loosens, if that was asked for and the cooling-off time is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loosens: Option<Time>,
    /// The customer's limit from then on. Absent if the brake ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Money>,
}
