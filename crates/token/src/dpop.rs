//! Proofs of possession of the session key (RFC 9449).

use crate::TokenType;
use crate::http_url::HttpUrl;
use crate::jwk::Jwk;
use crate::jws::{Jws, assemble, signing_input};
use crate::nonce::{DpopNonce, NonceError};
use serde::{Deserialize, Serialize};
use std::str::FromStr as _;
use thiserror::Error;
use types::{Hash, PublicKey, Signature, Thumbprint, Time, base64url};

const ALGORITHM: &str = "ES256";

/// The longest id of a proof.
const JTI_MAX: usize = 64;

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DpopError {
    /// Not a proof of this form.
    #[error("not a proof")]
    WrongShape,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    SignatureInvalid,
    /// By another key than the token's.
    #[error("by another key than the token's")]
    AnotherKey,
    /// For another method or URL.
    #[error("for another request")]
    AnotherRequest,
    /// For another token.
    #[error("for another token")]
    AnotherToken,
    /// Without the server's nonce.
    #[error("without a nonce")]
    NonceMissing,
    /// With a nonce that is not good.
    #[error(transparent)]
    Nonce(#[from] NonceError),
}

impl DpopError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::WrongShape => "wrong_shape",
            Self::SignatureInvalid => "signature_invalid",
            Self::AnotherKey => "proof_of_another_key",
            Self::AnotherRequest => "proof_of_another_request",
            Self::AnotherToken => "proof_of_another_token",
            Self::NonceMissing => "nonce_missing",
            Self::Nonce(NonceError::Invalid) => "nonce_invalid",
            Self::Nonce(NonceError::Stale) => "stale_nonce",
        }
    }
}

/// The request and token that a proof is for.
#[derive(Debug, Clone, Copy)]
pub struct ProofFor<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The request's URL without query and fragment.
    pub url: &'a str,
    /// The channel token that goes with it.
    pub token: &'a str,
}

/// Nothing else is in it: what a header asks for (RFC 7515, 4.1.11, `crit`) would have to be understood.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default)]
    ath: String,
}

/// `ath`: base64url of SHA-256 of the token.
fn token_hash(token: &str) -> String {
    base64url::encode(Hash::of(token.as_bytes()).as_bytes())
}

/// RFC 9449, 4.3: however each of them is spelled.
fn same_url(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(HttpUrl::from_str);
    one.is_ok() && one == other
}

/// A proof that was verified. Its id must not come again within the nonce's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopProof {
    /// `jti`.
    pub id: String,
    /// What the nonce tells: after 300 s from here the proof is good no more.
    pub time: Time,
}

impl DpopProof {
    /// What the session key has to sign. `id` is new for each proof; `now` is the device's clock, which nobody judges;
    /// `nonce` is the newest that the server gave.
    #[must_use]
    pub fn signing_input(
        session: &PublicKey,
        what: ProofFor<'_>,
        nonce: Option<&str>,
        id: &str,
        now: Time,
    ) -> String {
        let header = Header {
            typ: TokenType::Proof.typ().into(),
            alg: ALGORITHM.into(),
            jwk: Jwk::bare(session),
        };
        signing_input(
            &header,
            &Claims {
                jti: id.into(),
                htm: what.method.into(),
                htu: what.url.into(),
                iat: now.seconds(),
                nonce: nonce.map(Into::into),
                ath: token_hash(what.token),
            },
        )
    }

    /// The proof, from what was signed and the signature.
    #[must_use]
    pub fn assemble(signing_input: &str, signature: &Signature) -> String {
        assemble(signing_input, signature)
    }

    /// Verifies a proof for a request with a token that is bound to the key of thumbprint `session`.
    pub fn verify(
        text: &str,
        what: ProofFor<'_>,
        session: Thumbprint,
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<Self, DpopError> {
        Self::claimed(text, what, session, nonces, now)?.verify()
    }

    /// Checks everything of a proof but its signature, which is the only check that costs much. Missing and old nonces are
    /// found here.
    pub fn claimed<'a>(
        text: &'a str,
        what: ProofFor<'_>,
        session: Thumbprint,
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<ClaimedProof<'a>, DpopError> {
        let jws = Jws::parse(text).ok_or(DpopError::WrongShape)?;
        let header: Header = jws.header().ok_or(DpopError::WrongShape)?;
        let claims: Claims = jws.payload().ok_or(DpopError::WrongShape)?;
        let key = header.jwk.key().ok_or(DpopError::WrongShape)?;
        let id_fits = (1..=JTI_MAX).contains(&claims.jti.len());
        if header.typ != TokenType::Proof.typ() || header.alg != ALGORITHM || !id_fits {
            return Err(DpopError::WrongShape);
        }
        if key.thumbprint() != session {
            return Err(DpopError::AnotherKey);
        }
        if claims.htm != what.method || !same_url(&claims.htu, what.url) {
            return Err(DpopError::AnotherRequest);
        }
        if claims.ath != token_hash(what.token) {
            return Err(DpopError::AnotherToken);
        }
        let nonce = claims.nonce.ok_or(DpopError::NonceMissing)?;
        let time = nonces.verify(&nonce, now)?;
        let id = claims.jti;
        let proof = Self { id, time };
        Ok(ClaimedProof { jws, key, proof })
    }
}

/// A proof whose signature was not verified.
pub struct ClaimedProof<'a> {
    jws: Jws<'a>,
    key: PublicKey,
    proof: DpopProof,
}

impl ClaimedProof<'_> {
    /// What the proof claims.
    #[must_use]
    pub const fn claims(&self) -> &DpopProof {
        &self.proof
    }

    /// Verifies the signature.
    pub fn verify(self) -> Result<DpopProof, DpopError> {
        if self.jws.verify(&self.key) {
            Ok(self.proof)
        } else {
            Err(DpopError::SignatureInvalid)
        }
    }
}
