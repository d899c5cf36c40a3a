//! Public keys as JSON (RFC 7517).

use serde::{Deserialize, Serialize};
use types::{Kid, PublicKey, base64url};

/// A P-256 public key with the members of its thumbprint. A private part is refused.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwk {
    crv: String,
    kty: String,
    x: String,
    y: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    public_use: Option<String>,
}

impl Jwk {
    /// The key without identifier and use, as in a proof.
    pub(crate) fn bare(key: &PublicKey) -> Self {
        let (x, y) = key.jwk_coordinates();
        Self::of_members("EC", "P-256", (&x, &y))
    }

    /// A key with these members and no others.
    pub(crate) fn of_members(kty: &str, crv: &str, (x, y): (&str, &str)) -> Self {
        Self {
            crv: crv.into(),
            kty: kty.into(),
            x: x.into(),
            y: y.into(),
            kid: None,
            alg: None,
            public_use: None,
        }
    }

    fn listed(key: &PublicKey) -> Self {
        Self {
            kid: Some(key.kid().to_string()),
            alg: Some("ES256".into()),
            public_use: Some("sig".into()),
            ..Self::bare(key)
        }
    }

    /// The key, if it is on P-256.
    pub(crate) fn key(&self) -> Option<PublicKey> {
        let coordinates = [
            base64url::decode(&self.x).ok()?,
            base64url::decode(&self.y).ok()?,
        ];
        let ours = self.crv == "P-256"
            && self.kty == "EC"
            && coordinates.iter().all(|part| part.len() == 32);
        let point = [&[4], coordinates.concat().as_slice()].concat();
        ours.then(|| PublicKey::try_from(point.as_slice()).ok())
            .flatten()
    }
}

/// The keys that sign channel tokens. The JSON form is a JWK Set (RFC 7517, 5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = KeySet))]
#[serde(from = "KeySet", into = "KeySet")]
pub struct Jwks(Vec<PublicKey>);

/// A JWK Set.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct KeySet {
    keys: Vec<Jwk>,
}

impl Jwks {
    /// Makes a set of these keys.
    #[must_use]
    pub const fn new(keys: Vec<PublicKey>) -> Self {
        Self(keys)
    }

    /// The key with this identifier.
    #[must_use]
    pub fn find(&self, kid: Kid) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }
}

impl From<KeySet> for Jwks {
    /// Ignores keys that are not of our form, as RFC 7517, 5 requires.
    fn from(set: KeySet) -> Self {
        Self(set.keys.iter().filter_map(Jwk::key).collect())
    }
}

impl From<Jwks> for KeySet {
    fn from(jwks: Jwks) -> Self {
        Self {
            keys: jwks.0.iter().map(Jwk::listed).collect(),
        }
    }
}
