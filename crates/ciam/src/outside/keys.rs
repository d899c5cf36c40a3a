//! The provider's public keys (RFC 7517, 5).

use super::errors::unusable;
use crate::ports::PortError;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// The algorithms of ID tokens: signatures that a public key verifies, and no others. With the symmetric ones whoever knows
/// the public key, or the client's secret, could sign.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The keys, without those that no ID token can be signed with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ProviderKeys(Vec<Jwk>);

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl ProviderKeys {
    /// Reads a JWK Set. Keys of a form that is not known here are left out (RFC 7517, 5).
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PortError> {
        let set: Published =
            serde_json::from_slice(bytes).map_err(|_| unusable("keys", "cannot be read"))?;
        let keys = set.keys.into_iter().map(serde_json::from_value::<Jwk>);
        let verifies = |key: &Jwk| {
            let public_use = key.common.public_key_use.as_ref();
            public_use.is_none_or(|public_use| *public_use == PublicKeyUse::Signature)
        };
        Ok(Self(keys.filter_map(Result::ok).filter(verifies).collect()))
    }

    /// Whether one of them verifies a token with this one's header, or none can.
    pub(super) fn may_verify(&self, token: &str) -> bool {
        let header = decode_header(token).ok();
        let header = header.filter(|header| is_allowed(header.alg));
        header.is_none_or(|header| self.find(header.kid.as_deref(), header.alg).is_some())
    }

    /// The key that verifies a token whose header has this `kid` and `alg`. A token without a `kid` needs a set in which one
    /// key fits.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&Jwk> {
        let mut fitting = self.0.iter().filter(|key| {
            let named = kid.is_none() || key.common.key_id.as_deref() == kid;
            named && fits(key, algorithm)
        });
        let found = fitting.next();
        found.filter(|_| kid.is_some() || fitting.next().is_none())
    }
}

/// Whether an ID token may be signed with that algorithm.
pub(super) fn is_allowed(algorithm: Algorithm) -> bool {
    ALGORITHMS.contains(&algorithm)
}

/// Whether the key is one of that algorithm (RFC 7518, 3.1; RFC 8037, 3.1).
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let stated = key.common.key_algorithm;
    if stated.is_some_and(|stated| stated.to_string() != format!("{algorithm:?}")) {
        return false;
    }
    match (&key.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => {
            key.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => {
            key.curve == EllipticCurve::P384
        }
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => {
            key.curve == EllipticCurve::Ed25519
        }
        (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        _ => false,
    }
}
