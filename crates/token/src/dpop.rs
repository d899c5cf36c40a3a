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

/// Maximum length of a proof's id in bytes.
const JTI_MAX: usize = 64;

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DpopError {
    /// It is not a DPoP proof in the supported form.
    #[error("not a DPoP proof")]
    WrongShape,
    /// The signature is not valid.
    #[error("the signature is not valid")]
    SignatureInvalid,
    /// It is signed by a key other than the token's session key.
    #[error("signed by a key other than the token's")]
    AnotherKey,
    /// It is for another method or URL.
    #[error("for another request")]
    AnotherRequest,
    /// It is for another token.
    #[error("for another token")]
    AnotherToken,
    /// It has no server nonce.
    #[error("without a nonce")]
    NonceMissing,
    /// Its nonce is refused.
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

/// The request and the token that a proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct ProofFor<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The request's URL. Query and fragment are ignored.
    pub url: &'a str,
    /// The channel token of the request.
    pub token: &'a str,
}

/// No other members are accepted: a member such as `crit` (RFC 7515, 4.1.11) would require this code to understand it.
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

/// Compares URLs after normalisation (RFC 9449, 4.3).
fn same_url(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(HttpUrl::from_str);
    one.is_ok() && one == other
}

/// A verified proof. The caller must refuse a second proof with the same id while the nonce is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopProof {
    /// `jti`: the proof's id.
    pub id: String,
    /// The time in the nonce. The proof is valid until 300 s after it.
    pub time: Time,
}

impl DpopProof {
    /// The bytes that the session key has to sign. `id` must be new for each proof. `now` is the device's clock; the
    /// server does not check it. `nonce` is the newest nonce from the server.
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

    /// Joins the signed bytes and their signature to a proof.
    #[must_use]
    pub fn assemble(signing_input: &str, signature: &Signature) -> String {
        assemble(signing_input, signature)
    }

    /// Verifies a proof for a request with a token that is bound to the key with the thumbprint `session`.
    pub fn verify(
        text: &str,
        what: ProofFor<'_>,
        session: Thumbprint,
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<Self, DpopError> {
        Self::claimed(text, what, session, nonces, now)?.verify()
    }

    /// Checks everything in a proof except its signature, the only costly check. Errors about nonces come from here. The
    /// caller must not trust the result before [`ClaimedProof::verify`].
    pub fn claimed<'a>(
        text: &'a str,
        what: ProofFor<'_>,
        session: Thumbprint,
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<ClaimedProof<'a>, DpopError> {
        let (jws, key, claims) = parse(text)?;
        if key.thumbprint() != session {
            return Err(DpopError::AnotherKey);
        }
        claims.check_request((what.method, what.url))?;
        if claims.ath != token_hash(what.token) {
            return Err(DpopError::AnotherToken);
        }
        claims.accepted((jws, key), nonces, now)
    }

    /// Checks everything but its signature in a proof for a request that asks for tokens (RFC 9449, 5). Its key, which may
    /// be any, is the one that the tokens will be bound to.
    pub fn claimed_by_any<'a>(
        text: &'a str,
        (method, url): (&str, &str),
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<ClaimedProof<'a>, DpopError> {
        let (jws, key, claims) = parse(text)?;
        claims.check_request((method, url))?;
        claims.accepted((jws, key), nonces, now)
    }
}

/// The parts of a proof in the supported form.
fn parse(text: &str) -> Result<(Jws<'_>, PublicKey, Claims), DpopError> {
    let jws = Jws::parse(text).ok_or(DpopError::WrongShape)?;
    let header: Header = jws.header().ok_or(DpopError::WrongShape)?;
    let claims: Claims = jws.payload().ok_or(DpopError::WrongShape)?;
    let key = header.jwk.key().ok_or(DpopError::WrongShape)?;
    let id_fits = (1..=JTI_MAX).contains(&claims.jti.len());
    if header.typ != TokenType::Proof.typ() || header.alg != ALGORITHM || !id_fits {
        return Err(DpopError::WrongShape);
    }
    Ok((jws, key, claims))
}

impl Claims {
    fn check_request(&self, (method, url): (&str, &str)) -> Result<(), DpopError> {
        if self.htm != method || !same_url(&self.htu, url) {
            return Err(DpopError::AnotherRequest);
        }
        Ok(())
    }

    /// The proof, if its nonce is good.
    fn accepted<'a>(
        self,
        (jws, key): (Jws<'a>, PublicKey),
        nonces: &DpopNonce,
        now: Time,
    ) -> Result<ClaimedProof<'a>, DpopError> {
        let nonce = self.nonce.ok_or(DpopError::NonceMissing)?;
        let time = nonces.verify(&nonce, now)?;
        let proof = DpopProof { id: self.jti, time };
        Ok(ClaimedProof { jws, key, proof })
    }
}

/// A proof whose signature has not been verified yet.
pub struct ClaimedProof<'a> {
    jws: Jws<'a>,
    key: PublicKey,
    proof: DpopProof,
}

impl ClaimedProof<'_> {
    /// The proof's id and time, not verified yet.
    #[must_use]
    pub const fn claims(&self) -> &DpopProof {
        &self.proof
    }

    /// The thumbprint of the key that should have signed it.
    #[must_use]
    pub fn key(&self) -> Thumbprint {
        self.key.thumbprint()
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
