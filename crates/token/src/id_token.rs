//! The ID token (OpenID Connect Core, 2): what a client learns of a login.

use crate::TokenType;
use crate::claimed::sign;
use envelope::{Signer, SigningFailed};
use serde::Serialize;
use types::{ClientId, Time};

/// The claims of an ID token. Times are whole seconds on the wire. The bank only makes ID tokens, and never accepts one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `sub`: a reference to the customer that only this client has.
    pub subject: String,
    /// `aud`: the client.
    pub client: ClientId,
    /// `nonce`: what the client sent with its request, so that it knows its own.
    pub nonce: Option<String>,
    /// `sid`: the login, which a logout token may name later.
    pub login: String,
    /// `acr`: how the person proved who they are.
    pub acr: String,
    /// `auth_time`: when they did.
    pub authenticated: Time,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    sid: &'a str,
    acr: &'a str,
    auth_time: u64,
    iat: u64,
    exp: u64,
}

impl IdToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: &self.issuer,
            sub: &self.subject,
            aud: self.client.as_str(),
            nonce: self.nonce.as_deref(),
            sid: &self.login,
            acr: &self.acr,
            auth_time: self.authenticated.seconds(),
            iat: self.issued.seconds(),
            exp: self.expires.seconds(),
        };
        sign(TokenType::Id, &claims, issuer)
    }
}
