//! The token that lets a device read its channels.

use crate::jws::{Jws, assemble, signing_input};
use crate::{Jwks, TokenType};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use types::{ChannelId, DeviceId, Kid, Thumbprint, Time};

/// Maximum number of channels in a token.
pub const TOKEN_CHANNELS_MAX: usize = 16;

const ALGORITHM: &str = "ES256";

/// Maximum time by which the issuer's clock may be ahead.
const AHEAD_SECONDS: u64 = 10;

/// Why a channel token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is not a JWT of this form.
    #[error("not a channel token")]
    WrongShape,
    /// It is signed with an algorithm other than ES256.
    #[error("not signed with ES256")]
    AnotherAlgorithm,
    /// It is a token of another type.
    #[error("a token of another type")]
    AnotherType,
    /// The issuer's key set does not list the signing key.
    #[error("signed by an unknown key")]
    UnknownKey,
    /// The signature is not valid.
    #[error("the signature is not valid")]
    SignatureInvalid,
    /// It comes from another issuer.
    #[error("from another issuer")]
    AnotherIssuer,
    /// It is for another audience.
    #[error("for another audience")]
    AnotherAudience,
    /// It lists too many channels.
    #[error("more than {TOKEN_CHANNELS_MAX} channels")]
    TooManyChannels,
    /// It was issued in the future.
    #[error("issued in the future")]
    FromTheFuture,
    /// It has expired.
    #[error("expired")]
    Expired,
}

impl TokenError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::WrongShape => "wrong_shape",
            Self::AnotherAlgorithm => "another_algorithm",
            Self::AnotherType => "another_type",
            Self::UnknownKey => "unknown_key",
            Self::SignatureInvalid => "signature_invalid",
            Self::AnotherIssuer => "another_issuer",
            Self::AnotherAudience => "another_audience",
            Self::TooManyChannels => "too_many_channels",
            Self::FromTheFuture => "token_from_the_future",
            Self::Expired => "token_expired",
        }
    }
}

/// The claims of a channel token. Times are whole seconds on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `aud`: the service that the token is for.
    pub audience: String,
    /// `sub`: a pairwise reference to the customer. It is never the customer number.
    pub subject: String,
    /// `device`: the device's id.
    pub device: DeviceId,
    /// `channels`: the channels that the bearer may read.
    pub channels: Vec<ChannelId>,
    /// `cnf.jkt`: the thumbprint of the session key that the token is bound to (RFC 9449, 6.1).
    pub session: Thumbprint,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
    /// `jti`: the token's id.
    pub id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<Kid>,
    typ: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    device: DeviceId,
    channels: Vec<ChannelId>,
    cnf: Confirmation,
    iat: u64,
    exp: u64,
    jti: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    jkt: Thumbprint,
}

const fn seconds(seconds: u64) -> Time {
    Time::from_ms(seconds.saturating_mul(1000))
}

impl ChannelToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let header = Header {
            alg: ALGORITHM.into(),
            kid: Some(issuer.public_key().kid()),
            typ: TokenType::Channel.typ().into(),
        };
        let input = signing_input(
            &header,
            &Claims {
                iss: self.issuer.clone(),
                aud: self.audience.clone(),
                sub: self.subject.clone(),
                device: self.device,
                channels: self.channels.clone(),
                cnf: Confirmation { jkt: self.session },
                iat: self.issued.seconds(),
                exp: self.expires.seconds(),
                jti: self.id.clone(),
            },
        );
        Ok(assemble(&input, &issuer.sign(input.as_bytes())?))
    }

    /// When the token `text` was issued and when it expires, for its bearer. Nothing is verified. `None` if `text` is not a
    /// token.
    #[must_use]
    pub fn times_of_own(text: &str) -> Option<(Time, Time)> {
        let claims: Claims = Jws::parse(text)?.payload()?;
        Some((seconds(claims.iat), seconds(claims.exp)))
    }

    /// Verifies a token from `issuer` for `audience` at `now`. This does not prove that the bearer has the session key:
    /// [`DpopProof`](crate::DpopProof) does.
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
    ) -> Result<ClaimedToken<'a>, TokenError> {
        let jws = Jws::parse(text);
        // A token without a signature counts as one with another algorithm, whatever else is wrong with it.
        let Some(jws) = jws else {
            let unsigned = text.ends_with('.') && text.matches('.').count() == 2;
            return Err(if unsigned {
                TokenError::AnotherAlgorithm
            } else {
                TokenError::WrongShape
            });
        };
        let header: Header = jws.header().ok_or(TokenError::WrongShape)?;
        if header.alg != ALGORITHM {
            return Err(TokenError::AnotherAlgorithm);
        }
        if header.typ != TokenType::Channel.typ() {
            return Err(TokenError::AnotherType);
        }
        let claims: Claims = jws.payload().ok_or(TokenError::WrongShape)?;
        if claims.iss != issuer {
            return Err(TokenError::AnotherIssuer);
        }
        if claims.aud != audience {
            return Err(TokenError::AnotherAudience);
        }
        if claims.channels.len() > TOKEN_CHANNELS_MAX {
            return Err(TokenError::TooManyChannels);
        }
        if claims.iat > now.seconds() + AHEAD_SECONDS {
            return Err(TokenError::FromTheFuture);
        }
        if now.seconds() >= claims.exp {
            return Err(TokenError::Expired);
        }
        Ok(ClaimedToken {
            jws,
            key: header.kid,
            token: Self {
                issuer: claims.iss,
                audience: claims.aud,
                subject: claims.sub,
                device: claims.device,
                channels: claims.channels,
                session: claims.cnf.jkt,
                issued: seconds(claims.iat),
                expires: seconds(claims.exp),
                id: claims.jti,
            },
        })
    }
}

/// A token whose signature was not verified: what it says is a claim.
pub struct ClaimedToken<'a> {
    jws: Jws<'a>,
    key: Option<Kid>,
    token: ChannelToken,
}

impl ClaimedToken<'_> {
    /// The key that should have signed it; an error where the issuer does not list it.
    pub fn key(&self, jwks: &Jwks) -> Result<Kid, TokenError> {
        let key = self.key.filter(|key| jwks.find(*key).is_some());
        key.ok_or(TokenError::UnknownKey)
    }

    /// What the token claims.
    #[must_use]
    pub const fn claims(&self) -> &ChannelToken {
        &self.token
    }

    /// Verifies the signature.
    pub fn verify(self, jwks: &Jwks) -> Result<ChannelToken, TokenError> {
        let key = self.key.and_then(|key| jwks.find(key));
        if self.jws.verify(key.ok_or(TokenError::UnknownKey)?) {
            Ok(self.token)
        } else {
            Err(TokenError::SignatureInvalid)
        }
    }
}
