//! What a client of the OpenID provider authenticates with (`private_key_jwt`; RFC 7523; OpenID Connect Core, 9).

use crate::claimed::{TokenError, check_times, seconds, sign_typed};
use crate::jws::Jws;
use crate::{ClientKey, ClientKeys};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{ClientId, PublicKey, Time};

const ALGORITHM: &str = "ES256";

/// The types that a client's assertion may have. Many clients state none.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// How long before its end an assertion may be used, in milliseconds. Its id is stored for as long.
const LIFETIME_MS_MAX: u64 = 10 * 60_000;

/// Maximum length of an assertion's id in bytes.
const JTI_MAX: usize = 128;

/// A verified assertion. The caller must refuse a second one of the client with the same id until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAssertion {
    /// `iss` and `sub`: the client.
    pub client: ClientId,
    /// `jti`: the assertion's id.
    pub id: String,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
}

/// Further claims mean nothing here.
#[derive(Deserialize)]
struct Claims {
    iss: ClientId,
    sub: ClientId,
    aud: Value,
    jti: String,
    exp: u64,
    iat: Option<u64>,
    nbf: Option<u64>,
}

#[derive(Serialize)]
struct MadeClaims<'a> {
    iss: &'a ClientId,
    sub: &'a ClientId,
    aud: &'a str,
    jti: &'a str,
    iat: u64,
    exp: u64,
}

impl ClientAssertion {
    /// `client_assertion_type` of a request that carries one (RFC 7523, 2.2).
    pub const PARAMETER: &'static str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// The assertion for the provider `issuer`, made at `issued` and signed with the client's key.
    pub fn sign(
        &self,
        issuer: &str,
        issued: Time,
        key: &dyn Signer,
    ) -> Result<String, SigningFailed> {
        let [typ, _] = TYPES;
        let claims = MadeClaims {
            iss: &self.client,
            sub: &self.client,
            aud: issuer,
            jti: &self.id,
            iat: issued.seconds(),
            exp: self.expires.seconds(),
        };
        sign_typed(typ, &claims, key)
    }

    /// Checks everything of an assertion for `issuer` but its signature. Only the issuer's own identifier, as one text, is
    /// an audience (FAPI 2.0 Security Profile, 5.3.2.1).
    pub fn claimed<'a>(
        text: &'a str,
        issuer: &str,
        now: Time,
    ) -> Result<ClaimedAssertion<'a>, TokenError> {
        let jws = Jws::parse(text).ok_or(TokenError::WrongShape)?;
        let header: Header = jws.header().ok_or(TokenError::WrongShape)?;
        if header.alg != ALGORITHM {
            return Err(TokenError::AnotherAlgorithm);
        }
        if header.typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
            return Err(TokenError::AnotherType);
        }
        let claims: Claims = jws.payload().ok_or(TokenError::WrongShape)?;
        if claims.iss != claims.sub || !(1..=JTI_MAX).contains(&claims.jti.len()) {
            return Err(TokenError::WrongShape);
        }
        if claims.aud.as_str() != Some(issuer) {
            return Err(TokenError::AnotherAudience);
        }
        let begins = claims.iat.max(claims.nbf).unwrap_or_default();
        check_times(begins, claims.exp, now)?;
        let expires = seconds(claims.exp);
        if expires.ms_since(now) > LIFETIME_MS_MAX {
            return Err(TokenError::LivesTooLong);
        }
        let assertion = Self {
            client: claims.iss,
            id: claims.jti,
            expires,
        };
        let kid = header.kid;
        Ok(ClaimedAssertion {
            jws,
            kid,
            assertion,
        })
    }
}

/// An assertion whose signature was not verified: that it is the client's is a claim.
pub struct ClaimedAssertion<'a> {
    jws: Jws<'a>,
    kid: Option<String>,
    assertion: ClientAssertion,
}

impl ClaimedAssertion<'_> {
    /// The client that should have signed it.
    #[must_use]
    pub const fn client(&self) -> &ClientId {
        &self.assertion.client
    }

    /// Those of the client's `keys` that may have signed it: the named key, and keys without a name. All, if it names none.
    pub fn signers<'k>(&self, keys: &'k ClientKeys) -> impl Iterator<Item = &'k PublicKey> {
        let may_have = |one: &&ClientKey| match (&self.kid, &one.kid) {
            (Some(named), Some(kid)) => named == kid,
            _ => true,
        };
        keys.keys().iter().filter(may_have).map(|one| &one.key)
    }

    /// Verifies that one of the client's `keys` signed it, with one key operation for each of its [`Self::signers`] at most.
    pub fn verify(self, keys: &ClientKeys) -> Result<ClientAssertion, TokenError> {
        if self.signers(keys).any(|key| self.jws.verify(key)) {
            Ok(self.assertion)
        } else {
            Err(TokenError::SignatureInvalid)
        }
    }
}
