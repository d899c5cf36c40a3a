//! The forms of clients, as the API document describes them. The routes read them by themselves, because OAuth says what a
//! refused form is answered with.

#![allow(dead_code, reason = "only their schemas are used")]

use types::{ClientId, Hash, Thumbprint};
use utoipa::ToSchema;

/// How a client says who it is (RFC 7523, 2.2).
#[derive(ToSchema)]
enum AssertionType {
    #[schema(rename = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    JwtBearer,
}

/// What a client asks for (RFC 9126, 2.1).
#[derive(ToSchema)]
pub(super) struct PushForm {
    client_assertion_type: AssertionType,
    /// A JWT by the client's key: `private_key_jwt`.
    client_assertion: String,
    client_id: ClientId,
    /// `code`.
    response_type: String,
    /// One of the client's, to the byte.
    redirect_uri: String,
    /// Words, separated by spaces.
    scope: String,
    /// SHA-256 of a secret (RFC 7636).
    code_challenge: Hash,
    /// `S256`.
    code_challenge_method: String,
    #[schema(max_length = 2048)]
    state: Option<String>,
    #[schema(max_length = 2048)]
    nonce: Option<String>,
    /// The key that will redeem the code.
    dpop_jkt: Option<Thumbprint>,
    prompt: Option<String>,
}

/// What a client has for its tokens (RFC 6749, 4.1.3 and 6).
#[derive(ToSchema)]
pub(super) struct TokenForm {
    client_assertion_type: AssertionType,
    /// A JWT by the client's key: `private_key_jwt`.
    client_assertion: String,
    /// `authorization_code` or `refresh_token`.
    grant_type: String,
    /// With `authorization_code`.
    code: Option<String>,
    /// With `authorization_code`: the secret.
    code_verifier: Option<String>,
    /// With `authorization_code`.
    redirect_uri: Option<String>,
    /// With `refresh_token`.
    refresh_token: Option<String>,
    /// With `refresh_token`: fewer scopes than before.
    scope: Option<String>,
}

/// A token that a client asks about or gives back (RFC 7662, 2.1; RFC 7009, 2.1).
#[derive(ToSchema)]
pub(super) struct OfTokenForm {
    client_assertion_type: AssertionType,
    /// A JWT by the client's key: `private_key_jwt`.
    client_assertion: String,
    token: String,
    token_type_hint: Option<String>,
}
