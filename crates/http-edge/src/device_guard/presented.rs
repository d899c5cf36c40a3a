//! The token and the proof of a request, as its headers have them (RFC 9449, 4.3 and 7.1).

use crate::Rejection;
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use types::ErrorCode;

/// A token with its proof. Nothing is verified. Handlers that verify tokens of their own take it as an argument.
#[derive(Clone)]
pub struct Presented {
    /// The token.
    pub token: String,
    /// The proof.
    pub proof: String,
}

/// The proof of a request that may have none. Nothing is verified.
#[derive(Clone)]
pub struct PresentedProof(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Presented {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self {
            token: token_text(&parts.headers)?.to_owned(),
            proof: proof_text(&parts.headers)?.to_owned(),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PresentedProof {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        match proof_text(&parts.headers) {
            Ok(proof) => Ok(Self(Some(proof.to_owned()))),
            Err(ErrorCode::ProofMissing) => Ok(Self(None)),
            Err(code) => Err(code.into()),
        }
    }
}

/// The single value of a header. `None` if the header is repeated or not text.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// RFC 9449, 7.1: the scheme `DPoP`, whatever its case.
pub(super) fn token_text(headers: &HeaderMap) -> Result<&str, Rejection> {
    let value = only(headers, AUTHORIZATION.as_str()).ok_or(ErrorCode::TokenMissing)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => Ok(token.trim()),
        _ => Err(ErrorCode::TokenMissing.into()),
    }
}

/// RFC 9449, 4.3: exactly one proof.
pub(super) fn proof_text(headers: &HeaderMap) -> Result<&str, ErrorCode> {
    if !headers.contains_key("dpop") {
        return Err(ErrorCode::ProofMissing);
    }
    only(headers, "dpop").ok_or(ErrorCode::ProofInvalid)
}
