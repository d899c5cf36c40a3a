//! Test vectors of RFC 9180: DHKEM(P-256), HKDF-SHA256, ChaCha20-Poly1305, base mode.

use super::HpkeReceiver;
use crate::SoftwareKey;
use crate::published::{bytes, vectors};
use types::PublicKey;

#[test]
fn the_rfcs_first_message_opens() {
    let vectors = vectors("hpke/rfc9180_base_p256_x25519_sha256.json");
    let suite = |vector: &&serde_json::Value| {
        vector["kem_id"] == 0x10
            && vector["kdf_id"] == 1
            && vector["aead_id"] == 3
            && vector["mode"] == 0
    };
    let vector = vectors.as_array().unwrap().iter().find(suite).unwrap();
    let enc = PublicKey::try_from(bytes(&vector["enc"]).as_slice()).unwrap();
    let recipient = PublicKey::try_from(bytes(&vector["pkRm"]).as_slice()).unwrap();
    let private = SoftwareKey::from_bytes(&bytes(&vector["skRm"]).try_into().unwrap()).unwrap();
    let x = private.agree(&enc).unwrap();

    let receiver = HpkeReceiver::new(&x, &enc, &recipient, &bytes(&vector["info"]));
    assert_eq!(receiver.key.as_slice(), bytes(&vector["key"]));
    assert_eq!(receiver.base_nonce.as_slice(), bytes(&vector["base_nonce"]));
    let first = &vector["encryptions"][0];
    let opened = receiver
        .open(&bytes(&first["aad"]), &bytes(&first["ct"]))
        .unwrap();
    assert_eq!(*opened, bytes(&first["pt"]));
    assert!(receiver.open(b"another", &bytes(&first["ct"])).is_err());
}
