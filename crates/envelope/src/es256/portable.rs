//! Verification in pure Rust, by p256.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature as EcdsaSignature, VerifyingKey};
use types::{PublicKey, Signature};

pub(super) fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let key = VerifyingKey::from_sec1_bytes(key.as_bytes());
    let signature = EcdsaSignature::from_slice(signature.as_bytes());
    match (key, signature) {
        (Ok(key), Ok(signature)) => key.verify(message, &signature).is_ok(),
        _ => false,
    }
}
