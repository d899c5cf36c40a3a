//! A passkey's public key as COSE_Key (RFC 9052, 7; RFC 9053, 7; RFC 8230, 4), and its signatures.

use super::AssertionError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use protocol::cbor::{Key, Value, decode};
use types::CustomerId;

/// A passkey that is registered for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The customer.
    pub customer: CustomerId,
    /// The public key, as COSE_Key.
    pub key: Vec<u8>,
    /// Whether the passkey could be backed up (BE) when it was registered.
    pub backup_eligible: bool,
}

const KEY_TYPE: Key = Key::Unsigned(1);
const ALGORITHM: Key = Key::Unsigned(3);
/// Of elliptic curves: the curve. Of RSA: the modulus.
const MINUS_1: Key = Key::Negative(0);
/// Of elliptic curves: x. Of RSA: the public exponent.
const MINUS_2: Key = Key::Negative(1);
/// Of P-256: y.
const MINUS_3: Key = Key::Negative(2);

/// A passkey's public key, of one of the three algorithms that approve orders.
#[derive(Debug)]
pub(super) enum PasskeyKey {
    /// ECDSA with P-256 and SHA-256: the SEC1 uncompressed point.
    Es256(Vec<u8>),
    /// EdDSA with Ed25519.
    EdDsa([u8; 32]),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256(RsaPublicKeyComponents<Vec<u8>>),
}

impl PasskeyKey {
    pub(super) fn parse(cose_key: &[u8]) -> Result<Self, AssertionError> {
        let invalid = AssertionError::CredentialKeyInvalid;
        let Ok(Value::Map(key)) = decode(cose_key) else {
            return Err(invalid);
        };
        let number = |label: &Key| key.get(label).and_then(Value::as_i64);
        let bytes = |label: &Key| key.get(label).and_then(Value::as_bytes).ok_or(invalid);
        let bytes_of_32 = |label: &Key| <&[u8; 32]>::try_from(bytes(label)?).map_err(|_| invalid);
        let (key_type, curve) = (number(&KEY_TYPE), number(&MINUS_1));
        match (number(&ALGORITHM), key_type, curve) {
            (Some(-7), Some(2), Some(1)) => {
                let (x, y) = (bytes_of_32(&MINUS_2)?, bytes_of_32(&MINUS_3)?);
                Ok(Self::Es256([[4].as_slice(), x, y].concat()))
            }
            (Some(-8), Some(1), Some(6)) => Ok(Self::EdDsa(*bytes_of_32(&MINUS_2)?)),
            (Some(-257), Some(3), _) => Ok(Self::Rs256(RsaPublicKeyComponents {
                n: bytes(&MINUS_1)?.to_vec(),
                e: bytes(&MINUS_2)?.to_vec(),
            })),
            (Some(-7 | -8 | -257), _, _) => Err(invalid),
            _ => Err(AssertionError::AlgorithmNotAllowed),
        }
    }

    /// Whether `signature` is a signature of `message`: in ASN.1 for ES256, as each algorithm writes it otherwise.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let plain = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            let key = UnparsedPublicKey::new(algorithm, key);
            key.verify(message, signature).is_ok()
        };
        match self {
            Self::Es256(point) => plain(&ECDSA_P256_SHA256_ASN1, point),
            Self::EdDsa(key) => plain(&ED25519, key),
            Self::Rs256(key) => key
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}
