//! What all tokens of the issuer have in common: the header, the checks that cost little, and the signature at last.

use crate::jws::{Jws, assemble, signing_input};
use crate::{Jwks, TokenType};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use types::{Kid, Thumbprint, Time};

/// Maximum number of channels in a token.
pub const TOKEN_CHANNELS_MAX: usize = 16;

const ALGORITHM: &str = "ES256";

/// Maximum time by which the issuer's clock may be ahead.
const AHEAD_SECONDS: u64 = 10;

/// Why a channel token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is not a JWT of this form.
    #[error("not a token of this form")]
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
    /// It would be valid for longer than one may be.
    #[error("valid for too long")]
    LivesTooLong,
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
            Self::LivesTooLong => "lives_too_long",
            Self::Expired => "token_expired",
        }
    }
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
pub(crate) struct Confirmation {
    pub(crate) jkt: Thumbprint,
}

pub(crate) const fn seconds(seconds: u64) -> Time {
    Time::from_ms(seconds.saturating_mul(1000))
}

/// The token with these claims, signed with the issuer's key.
pub(crate) fn sign(
    kind: TokenType,
    claims: &impl Serialize,
    issuer: &dyn Signer,
) -> Result<String, SigningFailed> {
    sign_typed(kind.typ(), claims, issuer)
}

/// The JWT of that type with these claims, signed with a key that its header names.
pub(crate) fn sign_typed(
    typ: &str,
    claims: &impl Serialize,
    key: &dyn Signer,
) -> Result<String, SigningFailed> {
    let header = Header {
        alg: ALGORITHM.into(),
        kid: Some(key.public_key().kid()),
        typ: typ.into(),
    };
    let input = signing_input(&header, claims);
    Ok(assemble(&input, &key.sign(input.as_bytes())?))
}

/// The parts of `text`, if its header is that of a token of this kind.
pub(crate) fn parse(text: &str, kind: TokenType) -> Result<(Jws<'_>, Option<Kid>), TokenError> {
    // A token without a signature counts as one with another algorithm, whatever else is wrong with it.
    let Some(jws) = Jws::parse(text) else {
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
    if header.typ != kind.typ() {
        return Err(TokenError::AnotherType);
    }
    Ok((jws, header.kid))
}

/// Checks who issued a token and for whom.
pub(crate) fn check_parties(
    (issuer, audience): (&str, &str),
    expected: (&str, &str),
) -> Result<(), TokenError> {
    if issuer != expected.0 {
        return Err(TokenError::AnotherIssuer);
    }
    if audience != expected.1 {
        return Err(TokenError::AnotherAudience);
    }
    Ok(())
}

/// Checks a token's times, in whole seconds.
pub(crate) fn check_times(issued: u64, expires: u64, now: Time) -> Result<(), TokenError> {
    if issued > now.seconds() + AHEAD_SECONDS {
        return Err(TokenError::FromTheFuture);
    }
    if now.seconds() >= expires {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// A token whose signature was not verified: what it says is a claim.
pub struct ClaimedToken<'a, T> {
    pub(crate) jws: Jws<'a>,
    pub(crate) key: Option<Kid>,
    pub(crate) token: T,
}

impl<T> ClaimedToken<'_, T> {
    /// The key that should have signed it; an error where the issuer does not list it.
    pub fn key(&self, jwks: &Jwks) -> Result<Kid, TokenError> {
        let key = self.key.filter(|key| jwks.find(*key).is_some());
        key.ok_or(TokenError::UnknownKey)
    }

    /// What the token claims.
    #[must_use]
    pub const fn claims(&self) -> &T {
        &self.token
    }

    /// Verifies the signature.
    pub fn verify(self, jwks: &Jwks) -> Result<T, TokenError> {
        let key = self.key.and_then(|key| jwks.find(key));
        if self.jws.verify(key.ok_or(TokenError::UnknownKey)?) {
            Ok(self.token)
        } else {
            Err(TokenError::SignatureInvalid)
        }
    }
}
