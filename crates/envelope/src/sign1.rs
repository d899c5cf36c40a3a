//! COSE_Sign1 (RFC 9052, 4.2), untagged: ES256, the key identifier in the protected header, an empty unprotected
//! header.

#[cfg(test)]
mod tests;

use crate::SignatureError;
use crate::es256::{self, Signer, SigningFailed};
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue as _, Map, Value, Writer, decode};
use types::{Kid, PublicKey, Signature};

/// The protected header `{1: -7, 4: kid}` up to the kid.
const PROTECTED: [u8; 5] = [0xa2, 0x01, 0x26, 0x04, 0x48];

fn protected(kid: Kid) -> [u8; 13] {
    let mut header = [0; 13];
    let parts = PROTECTED.iter().chain(kid.as_bytes());
    header
        .iter_mut()
        .zip(parts)
        .for_each(|(to, from)| *to = *from);
    header
}

/// A parsed Sign1. It is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign1 {
    kid: Kid,
    payload: Option<Vec<u8>>,
    signature: Signature,
}

impl Sign1 {
    /// The bytes that are signed: the Sig_structure with empty external_aad.
    #[must_use]
    pub fn to_be_signed(kid: Kid, payload: &[u8]) -> Vec<u8> {
        sig_structure(&protected(kid), payload)
    }

    /// Makes a Sign1 that embeds `payload`, from its signature.
    #[must_use]
    pub fn assemble_embedded(kid: Kid, payload: &[u8], signature: &Signature) -> Vec<u8> {
        assemble(kid, Some(payload), signature)
    }

    /// Makes a Sign1 with detached payload: the payload is sent or computed separately.
    #[must_use]
    pub fn assemble_detached(kid: Kid, signature: &Signature) -> Vec<u8> {
        assemble(kid, None, signature)
    }

    /// Signs `payload` and embeds it.
    pub fn sign_embedded(signer: &dyn Signer, payload: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let kid = signer.public_key().kid();
        let signature = signer.sign(&Self::to_be_signed(kid, payload))?;
        Ok(Self::assemble_embedded(kid, payload, &signature))
    }

    /// Signs `payload` and does not embed it.
    pub fn sign_detached(signer: &dyn Signer, payload: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let kid = signer.public_key().kid();
        let signature = signer.sign(&Self::to_be_signed(kid, payload))?;
        Ok(Self::assemble_detached(kid, &signature))
    }

    /// Parses a Sign1. It must have exactly our headers.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(decode(bytes)?)?);
        let header: Vec<u8> = fields.take()?;
        let unprotected: Map = fields.take()?;
        let payload = match fields.take()? {
            Value::Null => None,
            payload => Some(Vec::from_value(payload)?),
        };
        let signature: Vec<u8> = fields.take()?;
        fields.end()?;
        if !unprotected.is_empty() {
            return Err(ParseError::WrongShape(
                "the unprotected header must be empty",
            ));
        }
        let signature = Signature::try_from(signature.as_slice())
            .map_err(|_| ParseError::WrongShape("a signature must have 64 bytes"))?;
        Ok(Self {
            kid: kid_of(&header)?,
            payload,
            signature,
        })
    }

    /// The identifier of the key in the header. It is not authenticated before verification.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The embedded payload, so that the caller can find the key that must have signed it. It is not authenticated
    /// before [`verify`](Self::verify).
    pub fn embedded(&self) -> Result<&[u8], SignatureError> {
        self.payload
            .as_deref()
            .ok_or(SignatureError::PayloadMisplaced)
    }

    /// Verifies the signature of the embedded payload.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        self.check(key, self.embedded()?)
    }

    /// Verifies the signature of a detached payload.
    pub fn verify_detached(&self, key: &PublicKey, payload: &[u8]) -> Result<(), SignatureError> {
        match self.payload {
            Some(_) => Err(SignatureError::PayloadMisplaced),
            None => self.check(key, payload),
        }
    }

    fn check(&self, key: &PublicKey, payload: &[u8]) -> Result<(), SignatureError> {
        if key.kid() != self.kid {
            return Err(SignatureError::UnknownKey);
        }
        if es256::verify(key, &Self::to_be_signed(self.kid, payload), &self.signature) {
            Ok(())
        } else {
            Err(SignatureError::SignatureInvalid)
        }
    }
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(payload.len() + 40);
    writer
        .array(4)
        .text("Signature1")
        .bytes(protected)
        .bytes(&[])
        .bytes(payload);
    writer.finish()
}

fn kid_of(header: &[u8]) -> Result<Kid, ParseError> {
    if let Some(kid) = header.strip_prefix(&PROTECTED)
        && let Ok(kid) = Kid::try_from(kid)
    {
        return Ok(kid);
    }
    decode(header)?;
    Err(ParseError::WrongShape(
        "the protected header must be `{1: -7, 4: kid}`",
    ))
}

fn assemble(kid: Kid, payload: Option<&[u8]>, signature: &Signature) -> Vec<u8> {
    let mut writer = Writer::with_capacity(payload.map_or(0, <[u8]>::len) + 90);
    writer
        .array(4)
        .bytes(&protected(kid))
        .value(&Value::Map(Map::new()));
    match payload {
        Some(payload) => writer.bytes(payload),
        None => writer.null(),
    };
    writer.bytes(signature.as_bytes());
    writer.finish()
}
