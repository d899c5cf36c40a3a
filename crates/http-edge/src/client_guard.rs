//! Authenticates the bank's other apps: access token, proof of possession, and the grant of the person.

use crate::Rejection;
use crate::admission::Stranger;
use crate::device_guard::{Presented, only_behind_the_guard, with_nonce};
use async_trait::async_trait;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::request::Parts;
use std::sync::Arc;
use token::{Scope, Scopes};
use types::{ClientId, CustomerId, ErrorCode};

/// Key operations of a request: verifying its token and its proof.
const KEY_OPERATIONS: u32 = 2;

/// What a person allows an app of the bank's, which is a client of the OpenID provider. Handlers behind
/// [`ClientGuard::protect`] take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The client.
    pub client: ClientId,
    /// Its name, as people know it.
    pub name: String,
    /// The person.
    pub customer: CustomerId,
    /// What the client may do.
    pub scopes: Scopes,
}

/// A client's request, as far as it says who sent it. Nothing is verified.
#[derive(Clone)]
pub struct ClientRequest {
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The access token.
    pub token: String,
    /// The proof.
    pub proof: String,
}

/// Who issues clients' tokens: ciam. The composition connects it.
#[async_trait]
pub trait Permissions: Send + Sync {
    /// The permission under which a request is made. Refused if the token or the proof is not good, the proof was used
    /// before, or the grant has ended.
    async fn permission(&self, request: ClientRequest) -> Result<Permission, Rejection>;

    /// A nonce for a client's next proof.
    fn nonce(&self) -> String;
}

/// Accepts requests of clients with a person's permission. Each request is judged by the issuer, so that a grant that has
/// ended is worth nothing from then on.
#[derive(Clone)]
pub struct ClientGuard(Arc<dyn Permissions>);

impl ClientGuard {
    /// The guard that asks `permissions`.
    #[must_use]
    pub fn new(permissions: Arc<dyn Permissions>) -> Self {
        Self(permissions)
    }

    /// `router` for clients whose token has `scope`. Every answer has a nonce for the client's next proof.
    pub fn protect<S: Clone + Send + Sync + 'static>(
        &self,
        scope: Scope,
        router: Router<S>,
    ) -> Router<S> {
        let permitted = from_fn_with_state((self.clone(), scope), permit);
        let nonce = from_fn_with_state(self.clone(), add_nonce);
        router.route_layer(permitted).layer(nonce)
    }
}

async fn permit(
    State((guard, scope)): State<(ClientGuard, Scope)>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let (mut parts, body) = request.into_parts();
    let Presented { token, proof } = Presented::from_request_parts(&mut parts, &()).await?;
    let stranger = Stranger::of(&parts.extensions);
    stranger.spend_key_operations(KEY_OPERATIONS)?;
    let request = ClientRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        token,
        proof,
    };
    let permission = guard.0.permission(request).await?;
    stranger.refund_key_operations(KEY_OPERATIONS);
    if !permission.scopes.contains(scope) {
        return Err(Rejection::new(ErrorCode::ScopeMissing)
            .with_detail(format!("the token's scope has no {}", scope.as_str())));
    }
    parts.extensions.insert(permission);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn add_nonce(State(guard): State<ClientGuard>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    with_nonce(response, guard.0.nonce())
}

impl<S: Send + Sync> FromRequestParts<S> for Permission {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        only_behind_the_guard(parts)
    }
}
