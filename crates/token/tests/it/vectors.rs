//! The acceptance vectors of tokens and proofs.

use crate::accept::{array, bytes, number, run_groups, run_negative, text};
use envelope::SoftwareKey;
use serde_json::{Value as Json, json};
use token::{ChannelToken, DpopNonce, DpopProof, Jwks, NonceError, ProofFor};
use types::{Hash, PublicKey, Time, base64url};

#[test]
fn every_group_comes_out() {
    run_groups(
        "token",
        &[("channel_token", check_channel_token), ("dpop", check_dpop)],
    );
}

#[test]
fn every_negative_case_is_refused_with_its_reason() {
    run_negative("token", |vectors, operation, input| match operation {
        "channel_token" => channel_token(input, vectors)
            .err()
            .map(|error| error.reason()),
        "dpop" => proof(input).err().map(|error| error.reason()),
        operation => panic!("{operation} does not belong to this crate"),
    });
}

fn time(json: &Json) -> Time {
    Time::from_ms(number(json))
}

fn channel_token(input: &Json, vectors: &Json) -> Result<ChannelToken, token::TokenError> {
    // A second key is listed, so the token's `kid` has to select the right one.
    let keys = [&input["key"], &vectors["keys"]["phone session"]["sec1"]];
    let keys = keys.map(|key| PublicKey::try_from(bytes(key).as_slice()).unwrap());
    let jwks = Jwks::new(vec![keys[0]]);
    assert!(jwks.find(keys[1].kid()).is_none());
    let (issuer, audience) = (text(&input["issuer"]), text(&input["audience"]));
    ChannelToken::verify(
        text(&input["token"]),
        issuer,
        audience,
        &jwks,
        time(&input["now"]),
    )
}

fn check_channel_token(vectors: &Json) {
    let group = &vectors["channel_token"];
    let token = channel_token(group, vectors).unwrap();
    let claims = json!({
        "iss": token.issuer,
        "aud": token.audience,
        "sub": token.subject,
        "device": token.device,
        "channels": token.channels,
        "cnf": {"jkt": token.session},
        "iat": token.issued.seconds(),
        "exp": token.expires.seconds(),
        "jti": token.id,
    });
    assert_eq!(claims, group["claims"]);
    let private: [u8; 32] = bytes(&vectors["keys"]["token"]["private"])
        .try_into()
        .unwrap();
    let again = token
        .sign(&SoftwareKey::from_bytes(&private).unwrap())
        .unwrap();
    let signed = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
    assert_eq!(
        signed(&again),
        signed(text(&group["token"])),
        "the signing input has the expected bytes"
    );
}

fn what(input: &Json) -> ProofFor<'_> {
    ProofFor {
        method: text(&input["method"]),
        url: text(&input["url"]),
        token: text(&input["token"]),
    }
}

fn nonces(input: &Json) -> DpopNonce {
    DpopNonce::new(&bytes(&input["nonce_key"]).try_into().unwrap())
}

fn proof(input: &Json) -> Result<DpopProof, token::DpopError> {
    let session = text(&input["jkt"]).parse().unwrap();
    DpopProof::verify(
        text(&input["proof"]),
        what(input),
        session,
        &nonces(input),
        time(&input["now"]),
    )
}

fn check_dpop(vectors: &Json) {
    let group = &vectors["dpop"];
    let nonces = nonces(group);
    let minted = nonces.mint(time(&group["nonce_ms"]));
    assert_eq!(minted, text(&group["nonce"]));
    let over = protocol::cbor_array!["passbook dpop nonce", 1, number(&group["nonce_ms"])];
    assert_eq!(
        protocol::cbor::encode(&over),
        bytes(&group["nonce_mac_over"])
    );
    let (from, until) = (
        time(&group["nonce_good_from"]),
        time(&group["nonce_good_until"]),
    );
    let expected = Ok(time(&group["nonce_ms"]));
    assert_eq!(nonces.verify(&minted, from), expected);
    assert_eq!(nonces.verify(&minted, until), expected);
    assert_eq!(
        nonces.verify(&minted, from.minus_ms(1)),
        Err(NonceError::Stale)
    );
    assert_eq!(
        nonces.verify(&minted, until.plus_ms(1)),
        Err(NonceError::Stale)
    );

    let proven = proof(group).unwrap();
    assert_eq!(proven.time, time(&group["nonce_ms"]));
    let ath = Hash::of(text(&group["token"]).as_bytes());
    assert_eq!(base64url::encode(ath.as_bytes()), text(&group["ath"]));

    // The device's clock is three days slow. Our proof with this clock has the same bytes.
    let slow = Time::from_ms(number(&group["now"]) - 1000 - 3 * 86_400_000);
    let session =
        PublicKey::try_from(bytes(&vectors["keys"]["phone session"]["sec1"]).as_slice()).unwrap();
    let input = DpopProof::signing_input(&session, what(group), Some(&minted), &proven.id, slow);
    let parts: Vec<_> = text(&group["proof"]).split('.').collect();
    let part =
        |text: &str| serde_json::from_slice::<Json>(&base64url::decode(text).unwrap()).unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    assert_eq!(part(header), part(parts[0]));
    assert_eq!(part(claims), part(parts[1]));
    assert_eq!(array(&json!([parts[0], parts[1], parts[2]])).len(), 3);
}
