//! Settings.

use order::RelyingParty;
use types::{Currency, Money};

/// How gateway takes orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The most that one order under a voucher may move.
    pub voucher_limit: Money,
    /// The relying party of the customers' passkeys, and the origin of the bank's web app.
    pub relying_party: RelyingParty,
}

impl Settings {
    /// The defaults for the bank at `public_url`: 100,000 koruna an order.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        let host = public_url
            .split_once("://")
            .map_or(public_url, |(_, host)| host);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        Self {
            voucher_limit: Money::new(10_000_000, Currency::CZK),
            relying_party: RelyingParty {
                id: host.to_owned(),
                origin: public_url.trim_end_matches('/').to_owned(),
            },
        }
    }
}
