//! The logout token (OpenID Connect Back-Channel Logout, 2.4): what a client learns when a login has ended.

use crate::TokenType;
use crate::claimed::sign;
use envelope::{Signer, SigningFailed};
use serde::Serialize;
use types::{ClientId, Time};

/// The claims of a logout token. It names the login alone, and nobody who logged in. Times are whole seconds on the wire. The
/// bank only makes logout tokens, and never accepts one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `aud`: the client.
    pub client: ClientId,
    /// `sid`: the login, as its ID token names it.
    pub login: String,
    /// `jti`: unlike that of every other token.
    pub id: String,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sid: &'a str,
    jti: &'a str,
    iat: u64,
    exp: u64,
    events: Events,
}

#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

impl LogoutToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: &self.issuer,
            aud: self.client.as_str(),
            sid: &self.login,
            jti: &self.id,
            iat: self.issued.seconds(),
            exp: self.expires.seconds(),
            events: Events { logout: Nothing {} },
        };
        sign(TokenType::Logout, &claims, issuer)
    }
}
