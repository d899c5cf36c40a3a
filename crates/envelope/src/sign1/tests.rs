//! The examples of the COSE working group. Their headers differ from ours, so the parser refuses them; their signed
//! bytes have our structure.

use super::{Sign1, sig_structure};
use crate::es256;
use crate::published::{bytes, vectors};
use protocol::cbor::{Value, decode};
use serde_json::Value as Json;
use types::{PublicKey, Signature, base64url};

/// Protected header, payload and signature of an example.
fn parts(example: &Json) -> [Vec<u8>; 3] {
    let cbor = bytes(&example["output"]["cbor"]);
    // Most examples have tag 18; our parser accepts no tags.
    let cbor = cbor.strip_prefix(&[0xd2]).unwrap_or(&cbor);
    assert!(
        Sign1::parse(cbor).is_err(),
        "headers other than ours are refused"
    );
    let Ok(Value::Array(fields)) = decode(cbor) else {
        panic!("an array")
    };
    [0, 2, 3].map(|index: usize| fields[index].as_bytes().unwrap().to_vec())
}

fn key(example: &Json) -> PublicKey {
    let coordinate = |name: &str| {
        base64url::decode(example["input"]["sign0"]["key"][name].as_str().unwrap()).unwrap()
    };
    PublicKey::try_from(
        [vec![4], coordinate("x"), coordinate("y")]
            .concat()
            .as_slice(),
    )
    .unwrap()
}

#[test]
fn the_signed_bytes_are_the_sig_structure() {
    for file in ["sign-pass-01", "sign-pass-03", "sign-fail-02"] {
        let example = vectors(&format!("cose/{file}.json"));
        let [protected, payload, signature] = parts(&example);
        // An empty protected map is encoded as zero bytes (RFC 9052, 4.4).
        let protected = if protected == [0xa0] {
            Vec::new()
        } else {
            protected
        };
        let signed = sig_structure(&protected, &payload);
        let signature = Signature::try_from(signature.as_slice()).unwrap();
        let fails = example["fail"] == true;
        assert_eq!(
            es256::verify(&key(&example), &signed, &signature),
            !fails,
            "{file}"
        );
        assert_eq!(
            signed == bytes(&example["intermediates"]["ToBeSign_hex"]),
            !fails,
            "{file}"
        );
    }
}

#[test]
fn an_altered_header_is_noticed() {
    for file in [
        "sign-fail-03",
        "sign-fail-04",
        "sign-fail-06",
        "sign-fail-07",
    ] {
        let example = vectors(&format!("cose/{file}.json"));
        let [protected, payload, signature] = parts(&example);
        let signature = Signature::try_from(signature.as_slice()).unwrap();
        assert!(
            !es256::verify(
                &key(&example),
                &sig_structure(&protected, &payload),
                &signature
            ),
            "{file}"
        );
    }
}

#[test]
fn an_external_aad_is_not_ours() {
    let example = vectors("cose/sign-pass-02.json");
    let [protected, payload, signature] = parts(&example);
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    let key = key(&example);
    let signed = bytes(&example["intermediates"]["ToBeSign_hex"]);
    assert!(es256::verify(&key, &signed, &signature));
    assert!(!es256::verify(
        &key,
        &sig_structure(&protected, &payload),
        &signature
    ));
}

#[test]
fn another_tag_is_refused() {
    let example = vectors("cose/sign-fail-01.json");
    assert!(Sign1::parse(&bytes(&example["output"]["cbor"])).is_err());
}
