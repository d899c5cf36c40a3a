//! A passkey's public key as COSE_Key (RFC 9052, 7; RFC 9053, 7; RFC 8230, 4), and its signatures.

use crate::cose_key::{ALGORITHM, KEY_TYPE, MINUS_1, MINUS_2, MINUS_3, of_es256};
use crate::error::AssertionError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use protocol::cbor::{Key, Value, decode};
use std::sync::LazyLock;
use types::{CustomerId, PublicKey};

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

/// A credential that nobody has. Whoever verifies an assertion against it in place of a credential that does not exist
/// takes as long as for one that does.
pub static DECOY: LazyLock<Credential> = LazyLock::new(|| {
    // The generator of P-256 (SEC 2, 2.4.2): the key whose private half is 1.
    let point = [
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ];
    let point = types::hex::decode(&point.concat()).unwrap_or_default();
    let key = PublicKey::try_from(point.as_slice());
    let key = key.unwrap_or_else(|_| unreachable!("the generator of P-256 has 65 bytes"));
    let customer = "decoy".parse();
    Credential {
        customer: customer.unwrap_or_else(|_| unreachable!("a word is an id")),
        key: of_es256(&key),
        backup_eligible: false,
    }
});

/// A passkey's public key, of one of the three algorithms.
#[derive(Debug)]
pub(crate) enum PasskeyKey {
    /// ECDSA with P-256 and SHA-256: the SEC1 uncompressed point.
    Es256(Vec<u8>),
    /// EdDSA with Ed25519.
    EdDsa([u8; 32]),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256(RsaPublicKeyComponents<Vec<u8>>),
}

impl PasskeyKey {
    pub(crate) fn parse(cose_key: &[u8]) -> Result<Self, AssertionError> {
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

    /// The algorithm's number (RFC 9053, 2; RFC 8812, 2).
    pub(crate) const fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::EdDsa(_) => -8,
            Self::Rs256(_) => -257,
        }
    }

    /// Whether `signature` is a signature of `message`: in ASN.1 for ES256, as each algorithm writes it otherwise.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
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
