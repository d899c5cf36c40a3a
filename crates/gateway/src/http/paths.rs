//! Where the routes of orders are.

pub(super) const VOUCHERS: &str = "/v1/vouchers";
pub(super) const ORDERS: &str = "/v1/orders";
pub(super) const ORDER: &str = "/v1/orders/{intent}";
pub(super) const BATCH: &str = "/v1/orders/batch";
pub(super) const CHALLENGE: &str = "/v1/orders/{intent}/challenge";
pub(super) const BRAKES: &str = "/v1/brakes";
pub(super) const PAYEE_CHECKS: &str = "/v1/payee-checks";
