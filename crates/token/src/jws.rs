//! JWS in compact form (RFC 7515, 7.1) with ES256.

use envelope::es256;
use protocol::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::{PublicKey, Signature, base64url};

/// Maximum length of a token or proof in bytes. A token with sixteen channels is several times shorter.
const LENGTH_MAX: usize = 4096;

/// The three parts of a token. Nothing is verified yet.
pub struct Jws<'a> {
    input: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Signature,
}

impl<'a> Jws<'a> {
    /// Splits a compact JWS. `None` if it is not one, or if its signature does not have the length of an ES256
    /// signature.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LENGTH_MAX {
            return None;
        }
        let (input, signature) = text.rsplit_once('.')?;
        let (header, payload) = input.split_once('.')?;
        Some(Self {
            input,
            header: base64url::decode(header).ok()?,
            payload: base64url::decode(payload).ok()?,
            signature: signature.parse().ok()?,
        })
    }

    /// The header, not verified yet.
    #[must_use]
    pub fn header<T: DeserializeOwned>(&self) -> Option<T> {
        json::from_slice(&self.header).ok()
    }

    /// The payload, not verified yet.
    #[must_use]
    pub fn payload<T: DeserializeOwned>(&self) -> Option<T> {
        json::from_slice(&self.payload).ok()
    }

    /// Whether the signature is `key`'s.
    #[must_use]
    pub fn verify(&self, key: &PublicKey) -> bool {
        es256::verify(key, self.input.as_bytes(), &self.signature)
    }
}

/// The bytes that are signed: header and payload.
pub(crate) fn signing_input(header: &impl Serialize, payload: &impl Serialize) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| match json {
        Ok(json) => base64url::encode(&json),
        Err(error) => unreachable!("headers and claims can always be written as JSON: {error}"),
    };
    format!(
        "{}.{}",
        part(serde_json::to_vec(header)),
        part(serde_json::to_vec(payload))
    )
}

/// The compact form.
pub(crate) fn assemble(input: &str, signature: &Signature) -> String {
    format!("{input}.{signature}")
}
