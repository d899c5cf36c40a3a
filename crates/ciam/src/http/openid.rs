//! The routes of clients. What OAuth defines is refused with its errors (RFC 6749, 5.2); what the edge refuses, or fails,
//! has a problem document (`docs/decisions/0047-an-openid-provider.md`).

mod forms;

use crate::openid::paths::{
    CONFIGURATION, INTROSPECTION, PUSH, REVOCATION, SERVER_METADATA, TOKEN, USERINFO,
};
use crate::{Ciam, ClientError, Form, OauthError, Refusal};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use forms::{OfTokenForm, PushForm, TokenForm};
use http::{Method, StatusCode};
use http_edge::{
    Class, ClientRequest, FormBytes, Json, Presented, PresentedProof, Rejection, Stranger,
};
use protocol::http::{
    ClientTokens, Introspected, OauthRefusal, ProviderMetadata, PushedRequest, UserInfo,
};
use utoipa::IntoResponses;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What OAuth defines as the answer to a refused request of a client.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "only its responses are used")]
enum RefusedByOauth {
    /// The request is refused (RFC 6749, 5.2).
    #[response(status = BAD_REQUEST)]
    Request(#[to_schema] OauthRefusal),
    /// The client did not prove who it is.
    #[response(status = UNAUTHORIZED)]
    Client(#[to_schema] OauthRefusal),
}

/// A refused token of a client, or its proof.
struct UserInfoRefused;

http_edge::refuses!(
    UserInfoRefused: TokenMissing,
    TokenInvalid,
    TokenExpired,
    AccessTokenExpired,
    TokenOfAnotherType,
    ProofMissing,
    ProofInvalid,
    UseDpopNonce,
    ProofReplayed,
    SessionEnded,
);

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 5] = [
    (PUSH, Class::Enrolment),
    (TOKEN, Class::Enrolment),
    (USERINFO, Class::Enrolment),
    (INTROSPECTION, Class::Enrolment),
    (REVOCATION, Class::Enrolment),
];

/// Key operations of an answer with tokens: signing two.
const TOKENS_KEY_OPERATIONS: u32 = 2;

/// Key operations of a request about a token: verifying it.
const TOKEN_KEY_OPERATIONS: u32 = 1;

/// Key operations of a request with a token: verifying it and its proof.
const PROVEN_KEY_OPERATIONS: u32 = 2;

/// The routes of clients, to be served [`with_nonce`].
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(push))
        .routes(routes!(token))
        .routes(routes!(userinfo))
        .routes(routes!(introspect))
        .routes(routes!(revoke))
}

/// Gives every answer a nonce for the client's next proof.
pub(super) fn with_nonce(router: Router<Ciam>, ciam: &Ciam) -> Router<Ciam> {
    router.route_layer(from_fn_with_state(ciam.clone(), add_nonce))
}

/// The routes for everybody, which may be cached.
pub(super) fn public_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(configuration))
        .routes(routes!(server_metadata))
}

/// A refused request of a client.
enum Refused {
    ByOauth(Refusal),
    ByEdge(Rejection),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::ByOauth(refusal)
    }
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::ByEdge(rejection)
    }
}

impl From<ClientError> for Refused {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(refusal) => Self::ByOauth(refusal),
            ClientError::Failed(failure) => Self::ByEdge(failure.into()),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let refusal = match self {
            Self::ByOauth(refusal) => refusal,
            Self::ByEdge(rejection) => return rejection.into_response(),
        };
        let status = match refusal.error {
            OauthError::InvalidClient => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = OauthRefusal {
            error: refusal.error.as_str().to_owned(),
            error_description: refusal.detail.to_owned(),
        };
        (status, Json(body)).into_response()
    }
}

/// Adds a nonce for the next proof.
pub(super) async fn add_nonce(State(ciam): State<Ciam>, request: Request, next: Next) -> Response {
    http_edge::with_nonce(next.run(request).await, ciam.client_nonce())
}

/// The metadata of the OpenID provider (OpenID Connect Discovery).
#[utoipa::path(get, path = CONFIGURATION, responses((status = OK, body = ProviderMetadata)))]
async fn configuration(State(ciam): State<Ciam>) -> Json<ProviderMetadata> {
    Json(ciam.provider_metadata())
}

/// The same, as the metadata of an authorization server (RFC 8414).
#[utoipa::path(get, path = SERVER_METADATA, responses((status = OK, body = ProviderMetadata)))]
async fn server_metadata(State(ciam): State<Ciam>) -> Json<ProviderMetadata> {
    Json(ciam.provider_metadata())
}

impl Ciam {
    /// Counts the key operations of a client's request: those that tell who sent it, and `more`. What needs none of them
    /// to be refused is refused and not counted.
    async fn spend_for_client(
        &self,
        stranger: &Stranger,
        (path, form, proof): (&str, &Form, Option<&str>),
        more: u32,
    ) -> Result<(), Refused> {
        let operations = self.operations_of_caller(path, (form, proof)).await?;
        Ok(stranger.spend_key_operations(operations + more)?)
    }
}

/// Takes what a client asks for (RFC 9126).
#[utoipa::path(post, path = PUSH, params(("DPoP" = Option<String>, Header, description = "A proof (RFC 9449, 4).")), request_body(content = PushForm, content_type = "application/x-www-form-urlencoded"), responses((status = CREATED, body = PushedRequest), RefusedByOauth))]
async fn push(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    PresentedProof(proof): PresentedProof,
    FormBytes(body): FormBytes,
) -> Result<(StatusCode, Json<PushedRequest>), Refused> {
    let form = Form::parse(&body)?;
    ciam.spend_for_client(&stranger, (PUSH, &form, proof.as_deref()), 0)
        .await?;
    let pushed = ciam.push_request(&form, proof.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(pushed)))
}

/// Gives a client the tokens of a code, or further ones (RFC 6749, 4.1.3 and 6).
#[utoipa::path(post, path = TOKEN, params(("DPoP" = Option<String>, Header, description = "A proof (RFC 9449, 4).")), request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses((status = OK, body = ClientTokens), RefusedByOauth))]
async fn token(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    PresentedProof(proof): PresentedProof,
    FormBytes(body): FormBytes,
) -> Result<Json<ClientTokens>, Refused> {
    let form = Form::parse(&body)?;
    let asked = (TOKEN, &form, proof.as_deref());
    ciam.spend_for_client(&stranger, asked, TOKENS_KEY_OPERATIONS)
        .await?;
    Ok(Json(ciam.issue_tokens(&form, proof.as_deref()).await?))
}

/// Says who the person is, to a client that may know (OpenID Connect Core, 5.3).
#[utoipa::path(method(get, post), path = USERINFO, security(("client_token" = ["openid"], "proof" = [])), responses((status = OK, body = UserInfo), UserInfoRefused))]
async fn userinfo(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    method: Method,
    Presented { token, proof }: Presented,
) -> Result<Json<UserInfo>, Rejection> {
    stranger.spend_key_operations(PROVEN_KEY_OPERATIONS)?;
    let request = ClientRequest {
        method: method.to_string(),
        path: USERINFO.to_owned(),
        token,
        proof,
    };
    Ok(Json(ciam.user_info(&request).await?))
}

/// Says what a token is worth (RFC 7662).
#[utoipa::path(post, path = INTROSPECTION, request_body(content = OfTokenForm, content_type = "application/x-www-form-urlencoded"), responses((status = OK, body = Introspected), RefusedByOauth))]
async fn introspect(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    FormBytes(body): FormBytes,
) -> Result<Json<Introspected>, Refused> {
    let form = Form::parse(&body)?;
    let asked = (INTROSPECTION, &form, None);
    ciam.spend_for_client(&stranger, asked, TOKEN_KEY_OPERATIONS)
        .await?;
    Ok(Json(ciam.introspect(&form).await?))
}

/// Ends a grant with all its tokens (RFC 7009).
#[utoipa::path(post, path = REVOCATION, request_body(content = OfTokenForm, content_type = "application/x-www-form-urlencoded"), responses((status = OK), RefusedByOauth))]
async fn revoke(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    FormBytes(body): FormBytes,
) -> Result<StatusCode, Refused> {
    let form = Form::parse(&body)?;
    let asked = (REVOCATION, &form, None);
    ciam.spend_for_client(&stranger, asked, TOKEN_KEY_OPERATIONS)
        .await?;
    ciam.revoke_token(&form).await?;
    Ok(StatusCode::OK)
}
