//! The bank's challenge to approve an order again.

use serde::{Deserialize, Serialize};
use types::{ChallengeId, Time};

/// What the bank needs before it executes an order that it accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderChallenge {
    /// What the device signs together with the order.
    pub challenge: ChallengeId,
    /// What answers the challenge: words, so far `signature`, and `login` beside it.
    pub needs: Vec<String>,
    /// Why the bank asks: words of an open list.
    pub reasons: Vec<String>,
    /// The last moment at which the bank accepts the answer, in milliseconds since 1970.
    pub expires: Time,
}
