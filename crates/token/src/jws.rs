//! JWS in compact form (RFC 7515, 7.1) with ES256.

use envelope::es256;
use protocol::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::{PublicKey, Signature, base64url};

/// The largest token or proof in bytes: sixteen channels fit several times.
const LENGTH_MAX: usize = 4096;

/// A token in its three parts, nothing verified.
pub(crate) struct Jws<'a> {
    input: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Signature,
}

impl<'a> Jws<'a> {
    /// Takes the parts apart; none where this is no compact JWS of an ES256 signature's length.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
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

    /// The header, still to be believed.
    pub(crate) fn header<T: DeserializeOwned>(&self) -> Option<T> {
        json::from_slice(&self.header).ok()
    }

    /// The payload, still to be believed.
    pub(crate) fn payload<T: DeserializeOwned>(&self) -> Option<T> {
        json::from_slice(&self.payload).ok()
    }

    /// Whether `key` signed it.
    pub(crate) fn verify(&self, key: &PublicKey) -> bool {
        es256::verify(key, self.input.as_bytes(), &self.signature)
    }
}

/// What is signed: header and payload.
pub(crate) fn signing_input(header: &impl Serialize, payload: &impl Serialize) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| match json {
        Ok(json) => base64url::encode(&json),
        Err(error) => unreachable!("headers and claims always have a JSON form: {error}"),
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
