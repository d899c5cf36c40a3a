//! Bytes as base64url in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use types::base64url;

/// Bytes that are base64url without padding in JSON. Non-canonical text is refused.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Base64UrlBytes(pub Vec<u8>);

impl fmt::Debug for Base64UrlBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64UrlBytes({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Base64UrlBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Base64UrlBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Base64UrlBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(&self.0))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Base64UrlBytes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        // The spare bits of the last character are zero (RFC 4648, 3.5).
        let whole = "([A-Za-z0-9_-]{4})*";
        let rest = "([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?";
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .content_encoding("base64url")
            .pattern(Some(format!("^{whole}{rest}$")))
            .description(Some("Bytes in base64url without padding (RFC 4648, 5)."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Base64UrlBytes {}

impl<'de> Deserialize<'de> for Base64UrlBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        base64url::decode(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
