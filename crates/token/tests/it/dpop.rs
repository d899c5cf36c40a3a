//! Refused proofs, beyond the acceptance vectors.

use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use token::{DpopError, DpopNonce, DpopProof, NonceError, ProofFor};
use types::{Time, base64url};

const NOW: Time = Time::from_ms(1_790_000_001_000);
const WHAT: ProofFor<'static> = ProofFor {
    method: "GET",
    url: "https://bank.example/v1/channels/live",
    token: "token",
};

fn session() -> SoftwareKey {
    SoftwareKey::from_bytes(&[2; 32]).unwrap()
}

fn nonces() -> DpopNonce {
    DpopNonce::new(&[3; 32])
}

fn verify(text: &str, now: Time) -> Result<DpopProof, DpopError> {
    let session = session().public_key().thumbprint();
    DpopProof::verify(text, WHAT, session, &nonces(), now)
}

fn input(nonce: Option<&str>) -> String {
    DpopProof::signing_input(
        session().public_key(),
        WHAT,
        nonce,
        "an id",
        Time::from_ms(0),
    )
}

fn sign(input: &str) -> String {
    DpopProof::assemble(input, &session().sign(input.as_bytes()).unwrap())
}

/// A proof whose header and claims were changed before the right key signed it.
fn signed(change: impl FnOnce(&mut Json, &mut Json)) -> String {
    let input = input(Some(&nonces().mint(NOW)));
    let (header, claims) = input.split_once('.').unwrap();
    let read =
        |part: &str| serde_json::from_slice::<Json>(&base64url::decode(part).unwrap()).unwrap();
    let (mut header, mut claims) = (read(header), read(claims));
    change(&mut header, &mut claims);
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    sign(&format!("{}.{}", part(&header), part(&claims)))
}

#[test]
fn a_proof_is_good_as_long_as_its_nonce() {
    let proof = sign(&input(Some(&nonces().mint(NOW))));
    let proven = verify(&proof, NOW).unwrap();
    assert_eq!((proven.id.as_str(), proven.time), ("an id", NOW));
    assert!(verify(&proof, NOW.plus_ms(300_000)).is_ok());
    assert_eq!(
        verify(&proof, NOW.plus_ms(300_001)),
        Err(DpopError::Nonce(NonceError::Stale))
    );
    assert_eq!(
        verify(&sign(&input(None)), NOW),
        Err(DpopError::NonceMissing)
    );
    let invented = sign(&input(Some(&DpopNonce::new(&[4; 32]).mint(NOW))));
    assert_eq!(
        verify(&invented, NOW),
        Err(DpopError::Nonce(NonceError::Invalid))
    );
    for nonce in ["", "AA", "not base64url!"] {
        assert_eq!(nonces().verify(nonce, NOW), Err(NonceError::Invalid));
    }
}

#[test]
fn a_nonce_is_good_at_the_node_that_gave_it() {
    let nodes = [[1; 16], [2; 16]].map(|node| DpopNonce::of_node(&[3; 32], &node));
    let nonce = nodes[0].mint(NOW);
    assert_eq!(nodes[0].verify(&nonce, NOW), Ok(NOW));
    assert_eq!(nodes[1].verify(&nonce, NOW), Err(NonceError::Invalid));
    assert_eq!(nonces().verify(&nonce, NOW), Err(NonceError::Invalid));
    let same = DpopNonce::of_node(&[3; 32], &[1; 16]);
    assert_eq!(same.mint(NOW), nonce);
}

fn check(change: impl FnOnce(&mut Json, &mut Json), refused: DpopError) {
    assert_eq!(verify(&signed(change), NOW), Err(refused));
}

#[test]
fn one_form_is_read_and_no_other() {
    check(
        |header, _| header["typ"] = json!("JWT"),
        DpopError::WrongShape,
    );
    check(
        |header, _| header["alg"] = json!("none"),
        DpopError::WrongShape,
    );
    check(
        |header, _| header["crit"] = json!(["b64"]),
        DpopError::WrongShape,
    );
    check(
        |header, _| header["jwk"]["d"] = json!("AA"),
        DpopError::WrongShape,
    );
    check(
        |header, _| header["jwk"]["crv"] = json!("P-384"),
        DpopError::WrongShape,
    );
    check(
        |header, _| header["jwk"]["x"] = json!("AA"),
        DpopError::WrongShape,
    );
    check(|_, claims| claims["jti"] = json!(""), DpopError::WrongShape);
    check(
        |_, claims| claims["jti"] = json!("x".repeat(65)),
        DpopError::WrongShape,
    );
    check(
        |_, claims| claims["htm"] = json!("get"),
        DpopError::AnotherRequest,
    );
    check(
        |_, claims| claims["htu"] = json!("https://bank.example/v1/channels/live?after=1"),
        DpopError::AnotherRequest,
    );
    check(
        |_, claims| claims["ath"] = json!(""),
        DpopError::AnotherToken,
    );
    check(
        |_, claims| drop(claims.as_object_mut().unwrap().remove("ath")),
        DpopError::AnotherToken,
    );
}

#[test]
fn urls_are_compared_as_rfc_9449_requires() {
    for same in [
        "HTTPS://Bank.Example/v1/channels/live",
        "https://bank.example:443/v1/channels/live",
        "https://bank.example/v1/./x/../channels/%6Cive",
    ] {
        let proof = signed(|_, claims| claims["htu"] = json!(same));
        assert!(verify(&proof, NOW).is_ok(), "{same}");
    }
    for other in [
        "http://bank.example/v1/channels/live",
        "https://bank.example:444/v1/channels/live",
        "https://other.example/v1/channels/live",
        "https://bank.example/v1/channels/Live",
        "https://bank.example/v1/channels/live/",
        "https://bank.example/v1%2Fchannels/live",
        "https://me@bank.example/v1/channels/live",
        "https://bank.example/v1/channels/live#a",
        "/v1/channels/live",
    ] {
        check(
            |_, claims| claims["htu"] = json!(other),
            DpopError::AnotherRequest,
        );
    }
}

#[test]
fn an_array_is_refused_as_header_and_as_claims() {
    // In the order of the members, as serde would take them.
    let in_order = |json: &mut Json, names: &[&str]| {
        *json = names.iter().map(|name| json[name].clone()).collect();
    };
    check(
        |header, _| in_order(header, &["typ", "alg", "jwk"]),
        DpopError::WrongShape,
    );
    check(
        |header, _| in_order(&mut header["jwk"], &["crv", "kty", "x", "y"]),
        DpopError::WrongShape,
    );
    check(
        |_, claims| in_order(claims, &["jti", "htm", "htu", "iat", "nonce", "ath"]),
        DpopError::WrongShape,
    );
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let input = input(Some(&nonces().mint(NOW)));
    let thief = SoftwareKey::from_bytes(&[5; 32]).unwrap();
    let proof = DpopProof::assemble(&input, &thief.sign(input.as_bytes()).unwrap());
    assert_eq!(verify(&proof, NOW), Err(DpopError::SignatureInvalid));
}
