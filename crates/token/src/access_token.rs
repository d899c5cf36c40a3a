//! The token of a person who logged in (RFC 9068), bound to the session key of the device (RFC 9449).

use crate::claimed::{
    ClaimedToken, Confirmation, TokenError, check_parties, check_times, parse, seconds, sign,
};
use crate::{Jwks, TokenType};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use types::{DeviceId, SessionId, Thumbprint, Time};

/// `acr` (RFC 9068, 2.2.1) of a login with a passkey whose user was verified.
pub const ACR_PASSKEY: &str = "passkey";

/// `acr` of a login with a password and a one-time code.
pub const ACR_PASSWORD: &str = "password_otp";

/// `acr`: the person logged in at the bank's login provider.
pub const ACR_PROVIDER: &str = "provider";

/// The claims of an access token. Times are whole seconds on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `aud`: the service that the token is for.
    pub audience: String,
    /// `sub`: a pairwise reference to the customer. It is never the customer number.
    pub subject: String,
    /// `client_id`: the device, which is the client.
    pub device: DeviceId,
    /// `sid`: the session that the login began.
    pub session: SessionId,
    /// `acr`: how the person proved who they are.
    pub acr: String,
    /// `auth_time`: when they did.
    pub authenticated: Time,
    /// `cnf.jkt`: the thumbprint of the device's session key.
    pub session_key: Thumbprint,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
    /// `jti`: the token's id.
    pub id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: DeviceId,
    sid: SessionId,
    acr: String,
    auth_time: u64,
    cnf: Confirmation,
    iat: u64,
    exp: u64,
    jti: String,
}

impl AccessToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: self.subject.clone(),
            client_id: self.device,
            sid: self.session,
            acr: self.acr.clone(),
            auth_time: self.authenticated.seconds(),
            cnf: Confirmation {
                jkt: self.session_key,
            },
            iat: self.issued.seconds(),
            exp: self.expires.seconds(),
            jti: self.id.clone(),
        };
        sign(TokenType::Access, &claims, issuer)
    }

    /// Verifies a token from `issuer` for `audience` at `now`. This does not prove that the bearer has the session key.
    pub fn verify(
        text: &str,
        issuer: &str,
        audience: &str,
        jwks: &Jwks,
        now: Time,
    ) -> Result<Self, TokenError> {
        Self::claimed(text, issuer, audience, now)?.verify(jwks)
    }

    /// Checks everything of a token but its signature, which is the only check that costs much.
    pub fn claimed<'a>(
        text: &'a str,
        issuer: &str,
        audience: &str,
        now: Time,
    ) -> Result<ClaimedToken<'a, Self>, TokenError> {
        let (jws, key) = parse(text, TokenType::Access)?;
        let claims: Claims = jws.payload().ok_or(TokenError::WrongShape)?;
        check_parties((&claims.iss, &claims.aud), (issuer, audience))?;
        check_times(claims.iat, claims.exp, now)?;
        Ok(ClaimedToken {
            jws,
            key,
            token: Self {
                issuer: claims.iss,
                audience: claims.aud,
                subject: claims.sub,
                device: claims.client_id,
                session: claims.sid,
                acr: claims.acr,
                authenticated: seconds(claims.auth_time),
                session_key: claims.cnf.jkt,
                issued: seconds(claims.iat),
                expires: seconds(claims.exp),
                id: claims.jti,
            },
        })
    }
}
