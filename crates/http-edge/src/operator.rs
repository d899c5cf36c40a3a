//! The operator's bearer token.

use crate::Rejection;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::AUTHORIZATION;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use types::{ErrorCode, Hash};

/// The hash of the operator's token. Hashes are compared in constant time.
#[derive(Clone)]
pub struct OperatorToken(Arc<Hash>);

impl OperatorToken {
    /// The token that requests must have. An empty one accepts no request.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Arc::new(Hash::of(token.as_bytes())))
    }

    fn is(&self, given: &str) -> bool {
        let given = Hash::of(given.as_bytes());
        given.as_bytes().ct_eq(self.0.as_bytes()).into()
    }

    /// `router` for requests with `Authorization: Bearer` and this token only.
    pub fn guard(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), check))
    }
}

async fn check(
    State(token): State<OperatorToken>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(given) if !given.is_empty() && token.is(given) => Ok(next.run(request).await),
        _ => Err(ErrorCode::OperatorTokenInvalid.into()),
    }
}
