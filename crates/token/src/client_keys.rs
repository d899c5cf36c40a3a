//! The public keys of a client of the OpenID provider, as its developer publishes them (RFC 7517, 5).

use crate::jwk::Jwk;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;
use types::PublicKey;

/// The members of private and symmetric keys (RFC 7518, 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key of a client's assertions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// The client's own name for it. Assertions may have it in their header.
    pub kid: Option<String>,
    /// The key.
    pub key: PublicKey,
}

/// The keys of a client's assertions. The JSON form is a JWK Set of any kind of public keys, of which those are kept that
/// may verify ES256. A set with a private or symmetric key is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Published")]
pub struct ClientKeys(Vec<ClientKey>);

#[derive(Deserialize)]
struct Published {
    keys: Vec<Map<String, Value>>,
}

#[derive(Debug, Error)]
#[error("a key is not public: it has the member `{0}`")]
struct NotPublic(&'static str);

impl ClientKeys {
    /// Makes a set of these keys.
    #[must_use]
    pub const fn new(keys: Vec<ClientKey>) -> Self {
        Self(keys)
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> &[ClientKey] {
        &self.0
    }
}

impl ClientKey {
    /// The key, if it is on P-256 and may verify ES256. Members that mean nothing here are ignored (RFC 7517, 4).
    fn published(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        let is = |name, value| jwk.get(name).is_none_or(|member| member == value);
        let operations = jwk.get("key_ops").map(Value::as_array);
        let verifies = operations.is_none_or(|operations| {
            operations.is_some_and(|operations| operations.iter().any(|one| one == "verify"))
        });
        if !(is("use", "sig") && is("alg", "ES256") && verifies) {
            return None;
        }
        let [kty, crv, x, y] = ["kty", "crv", "x", "y"].map(text);
        Some(Self {
            kid: text("kid").map(str::to_owned),
            key: Jwk::of_members(kty?, crv?, (x?, y?)).key()?,
        })
    }
}

impl TryFrom<Published> for ClientKeys {
    type Error = NotPublic;

    fn try_from(set: Published) -> Result<Self, NotPublic> {
        let mut members = set.keys.iter().flat_map(Map::keys);
        if let Some(member) = members.find_map(|name| PRIVATE.into_iter().find(|one| name == one)) {
            return Err(NotPublic(member));
        }
        let keys = set.keys.iter().filter_map(ClientKey::published);
        Ok(Self(keys.collect()))
    }
}
