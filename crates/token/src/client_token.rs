//! The access token of a client (RFC 9068), bound to a key of the client's (RFC 9449).

use crate::claimed::{
    ClaimedToken, Confirmation, TokenError, check_parties, check_times, parse, seconds, sign,
};
use crate::{Jwks, TokenType};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use types::{ClientId, GrantId, Thumbprint, Time};

/// The claims of a client's access token. Times are whole seconds on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientToken {
    /// `iss` and `aud`: the bank's public URL.
    pub issuer: String,
    /// `sub`: a reference to the customer that only this client has.
    pub subject: String,
    /// `client_id`: the client.
    pub client: ClientId,
    /// `scope`: what the person allowed, separated by spaces.
    pub scope: String,
    /// `grant`: the grant that it is of.
    pub grant: GrantId,
    /// `cnf.jkt`: the thumbprint of the key by which its bearer makes proofs.
    pub key: Thumbprint,
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
    client_id: ClientId,
    scope: String,
    grant: GrantId,
    cnf: Confirmation,
    iat: u64,
    exp: u64,
    jti: String,
}

impl ClientToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: self.subject.clone(),
            client_id: self.client.clone(),
            scope: self.scope.clone(),
            grant: self.grant,
            cnf: Confirmation { jkt: self.key },
            iat: self.issued.seconds(),
            exp: self.expires.seconds(),
            jti: self.id.clone(),
        };
        sign(TokenType::Access, &claims, issuer)
    }

    /// Verifies a token from `issuer` at `now`. This does not prove that the bearer has the key, nor that the grant lasts.
    pub fn verify(text: &str, issuer: &str, jwks: &Jwks, now: Time) -> Result<Self, TokenError> {
        let (jws, key) = parse(text, TokenType::Access)?;
        let claims: Claims = jws.payload().ok_or(TokenError::WrongShape)?;
        check_parties((&claims.iss, &claims.aud), (issuer, issuer))?;
        check_times(claims.iat, claims.exp, now)?;
        let token = Self {
            issuer: claims.iss,
            subject: claims.sub,
            client: claims.client_id,
            scope: claims.scope,
            grant: claims.grant,
            key: claims.cnf.jkt,
            issued: seconds(claims.iat),
            expires: seconds(claims.exp),
            id: claims.jti,
        };
        ClaimedToken { jws, key, token }.verify(jwks)
    }
}
