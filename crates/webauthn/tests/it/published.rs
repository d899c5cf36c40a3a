//! The vectors of WebAuthn Level 3, section 16: every registration and every assertion, none left out.

use serde_json::Value as Json;
use types::{CustomerId, hex};
use webauthn::{Assertion, Attestation, Credential, RelyingParty, Verdict};

/// The section of the vectors that has no ceremony: the extension `hmac-secret`, which is between browser and
/// authenticator, and the certificate of the attestations.
const WITHOUT_CEREMONY: [&str; 2] = [
    "sctn-test-vectors-attestation-root-cert",
    "test-vectors-extensions-prf-ctap",
];

/// What is refused for its form, whatever its flags are, by the vector's id.
const REFUSED: [(&str, &str); 5] = [
    ("none-es256-crossOrigin", "cross_origin"),
    ("none-es256-topOrigin", "cross_origin"),
    ("packed-es384", "algorithm_not_allowed"),
    ("packed-es512", "algorithm_not_allowed"),
    ("packed-ed448", "algorithm_not_allowed"),
];

fn party() -> RelyingParty {
    RelyingParty::at("https://example.org")
}

fn bytes(json: &Json) -> Vec<u8> {
    hex::decode(json.as_str().unwrap()).unwrap()
}

fn customer() -> CustomerId {
    "1001".parse().unwrap()
}

/// The authenticator data inside an attestation object of the vectors, whose last member it is.
fn authenticator_data(object: &[u8]) -> &[u8] {
    let name = b"\x68authData";
    let at = object.windows(name.len()).position(|part| part == name);
    let rest = &object[at.unwrap() + name.len()..];
    match rest {
        [0x58, _, data @ ..] | [0x59, _, _, data @ ..] => data,
        other => panic!("{other:?}"),
    }
}

/// The refusal that flags and form call for.
fn expected(id: &str, flags: u8) -> Option<&'static str> {
    let form = REFUSED.iter().find(|(name, _)| *name == id);
    match form {
        Some((_, reason @ "cross_origin")) => Some(reason),
        _ if flags & 0x01 == 0 => Some("user_not_present"),
        _ if flags & 0x04 == 0 => Some("user_not_verified"),
        form => form.map(|(_, reason)| *reason),
    }
}

#[test]
fn every_vector_is_accepted_or_refused_for_its_reason() {
    let file = include_bytes!("../../../../fixtures/published/webauthn/webauthn_vectors.json");
    let vectors: Vec<Json> = serde_json::from_slice(file).unwrap();
    let (mut ceremonies, mut accepted, mut refused) = (0, 0, 0);
    for vector in &vectors {
        let id = vector["id"].as_str().unwrap();
        if WITHOUT_CEREMONY.contains(&id) {
            continue;
        }
        let id = id.strip_prefix("sctn-test-vectors-").unwrap();
        let [registration, assertion] = vector["blocks"].as_array().unwrap().as_slice() else {
            panic!("{id}: a registration and an assertion");
        };
        let attestation = Attestation {
            client_data_json: bytes(&registration["clientDataJSON"]),
            attestation_object: bytes(&registration["attestationObject"]),
        };
        let challenge = bytes(&registration["challenge"]);
        let flags = authenticator_data(&attestation.attestation_object)[32];
        let registered = attestation.verify(&challenge, &party());
        let reason = registered.as_ref().err().map(|error| error.reason());
        assert_eq!(reason, expected(id, flags), "registration of {id}");

        let data = bytes(&assertion["authenticatorData"]);
        let credential = match &registered {
            Ok(registered) => {
                assert_eq!(registered.credential, bytes(&registration["credential_id"]));
                let aaguid = bytes(&registration["aaguid"]);
                assert_eq!(registered.aaguid.as_slice(), aaguid, "{id}");
                let verdict = match id {
                    "packed-self-es256" => Verdict::SelfAttested,
                    _ if id.starts_with("none-") => Verdict::None,
                    _ => Verdict::Unverified,
                };
                assert_eq!(registered.verdict, verdict, "{id}");
                registered.credential_of(customer())
            }
            // Its key is verified all the same, so that the assertion is refused for its own reason.
            Err(_) => {
                let data = authenticator_data(&attestation.attestation_object);
                let length = usize::from(u16::from_be_bytes([data[53], data[54]]));
                Credential {
                    customer: customer(),
                    key: data[55 + length..].to_vec(),
                    backup_eligible: data[32] & 0x08 != 0,
                }
            }
        };
        let made = Assertion {
            credential: bytes(&registration["credential_id"]),
            client_data_json: bytes(&assertion["clientDataJSON"]),
            signature: bytes(&assertion["signature"]),
            authenticator_data: data.clone(),
        };
        let challenge = bytes(&assertion["challenge"]);
        let verified = made.verify(&credential, &challenge, &party());
        let reason = verified.err().map(|error| error.reason());
        assert_eq!(reason, expected(id, data[32]), "assertion of {id}");
        ceremonies += 2;
        accepted += usize::from(registered.is_ok()) + usize::from(verified.is_ok());
        refused += usize::from(registered.is_err()) + usize::from(verified.is_err());

        let mut changed = made;
        let last = changed.signature.len() - 1;
        changed.signature[last] ^= 1;
        assert!(changed.verify(&credential, &challenge, &party()).is_err());
    }
    assert_eq!(ceremonies, 30, "fifteen vectors, two ceremonies each");
    assert_eq!(accepted + refused, ceremonies);
    assert!(accepted > 0 && refused > 0, "{accepted} {refused}");
}

/// The algorithm in the statement is not signed: it must be that of the key.
#[test]
fn a_passkey_attests_itself_under_its_own_algorithm_alone() {
    let file = include_bytes!("../../../../fixtures/published/webauthn/webauthn_vectors.json");
    let vectors: Vec<Json> = serde_json::from_slice(file).unwrap();
    let own = "sctn-test-vectors-packed-self-es256";
    let vector = vectors.iter().find(|vector| vector["id"] == own).unwrap();
    let registration = &vector["blocks"][0];
    let mut object = bytes(&registration["attestationObject"]);
    let name = b"\x63alg";
    let at = object.windows(4).position(|part| part == name).unwrap() + name.len();
    assert_eq!(object[at], 0x26, "-7: ES256");
    let verify = |object: &[u8]| {
        let attestation = Attestation {
            client_data_json: bytes(&registration["clientDataJSON"]),
            attestation_object: object.to_vec(),
        };
        attestation.verify(&bytes(&registration["challenge"]), &party())
    };
    let registered = verify(&object).unwrap();
    assert_eq!(registered.verdict, Verdict::SelfAttested);
    object[at] = 0x27;
    let refused = verify(&object).unwrap_err();
    assert_eq!(refused.reason(), "attestation_invalid");
}
