//! Which services may call which routes: nobody may, but those whose role is named.

use crate::{Rejection, ServiceCaller, ServiceRole};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use types::ErrorCode;

/// `router` for callers over TLS whose certificate names the role.
pub fn only_for(role: ServiceRole, router: Router) -> Router {
    router.layer(from_fn_with_state(role, check))
}

async fn check(
    State(role): State<ServiceRole>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    match request.extensions().get::<ServiceCaller>() {
        Some(caller) if caller.over_tls && caller.has(role) => Ok(next.run(request).await),
        Some(caller) => {
            let address = caller.address;
            tracing::warn!(%address, path = request.uri().path(), "a service may not make this call");
            Err(ErrorCode::ServiceNotAllowed.into())
        }
        None => Err(ErrorCode::ServiceNotAllowed.into()),
    }
}
