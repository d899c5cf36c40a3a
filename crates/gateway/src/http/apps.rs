//! The routes for other apps of the bank, which have a customer's permission.

use super::{accounts, initiations};
use crate::gateway::Gateway;
use axum::Router;
use http_edge::{Class, ClientGuard};

/// The classes of the routes for other apps.
#[must_use]
pub fn app_classes() -> Vec<(&'static str, Class)> {
    [
        accounts::CLASSES.as_slice(),
        initiations::APP_CLASSES.as_slice(),
    ]
    .concat()
}

/// The routes for other apps, with an access token of the OpenID provider:
///
/// - `GET /v1/accounts`
/// - `GET /v1/accounts/{account}/balances`
/// - `GET /v1/accounts/{account}/transactions?after=…&limit=…`
/// - `POST /v1/payment-initiations`
/// - `GET /v1/payment-initiations/{initiation}`
pub fn app_routes(gateway: Gateway, guard: &ClientGuard) -> Router {
    accounts::routes(gateway.clone(), guard).merge(initiations::app_routes(gateway, guard))
}
