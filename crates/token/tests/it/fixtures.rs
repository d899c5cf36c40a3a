//! `fixtures/token.json`: a token and a proof. They are made again, byte for byte, and parsed again.

use crate::accept::text;
use crate::golden;
use envelope::{Signer as _, SoftwareKey, es256};
use serde_json::{Value as Json, json};
use token::{ChannelToken, DpopNonce, DpopProof, Jwks, ProofFor};
use types::{ChannelId, DeviceId, Hash, PublicKey, Signature, Time};

const NOW: Time = Time::from_ms(1_790_000_001_000);

fn secret(name: &str) -> [u8; 32] {
    *Hash::of(format!("passbook fixtures: {name}").as_bytes()).as_bytes()
}

fn key(name: &str) -> SoftwareKey {
    SoftwareKey::from_bytes(&secret(name)).unwrap()
}

fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

fn token() -> ChannelToken {
    ChannelToken {
        issuer: "https://bank.example".to_owned(),
        audience: "passbook".to_owned(),
        subject: "pairwise".to_owned(),
        device: DeviceId::at(NOW, [0xd1; 10]),
        channels: vec![ChannelId::new([0xc1; 16])],
        session: public("session").thumbprint(),
        issued: Time::from_ms(1_790_000_000_000),
        expires: Time::from_ms(1_792_592_000_000),
        id: "fixture token".to_owned(),
    }
}

fn what(token: &str) -> ProofFor<'_> {
    ProofFor {
        method: "POST",
        url: "https://bank.example/v1/channels/wcHBwcHBwcHBwcHBwcHBwQ/checkpoint",
        token,
    }
}

fn nonces() -> DpopNonce {
    DpopNonce::new(&secret("nonces"))
}

/// The signed text: with the file's signature, which must be valid, or with a new one.
fn signed(input: &str, signer: &str, held: Option<&Json>) -> String {
    let signature: Signature = match held {
        Some(held) => text(held).rsplit_once('.').unwrap().1.parse().unwrap(),
        None => key(signer).sign(input.as_bytes()).unwrap(),
    };
    assert!(es256::verify(&public(signer), input.as_bytes(), &signature));
    format!("{input}.{signature}")
}

fn make(file: Option<&Json>) -> Json {
    let signed_now = token().sign(&key("issuer")).unwrap();
    let (input, _) = signed_now.rsplit_once('.').unwrap();
    let token = signed(input, "issuer", file.map(|file| &file["token"]));
    let nonce = nonces().mint(NOW);
    let input = DpopProof::signing_input(
        &public("session"),
        what(&token),
        Some(&nonce),
        "fixture proof",
        NOW,
    );
    let proof = signed(&input, "session", file.map(|file| &file["proof"]));
    json!({
        "token": token,
        "key_set": Jwks::new(vec![public("issuer")]),
        "nonce": nonce,
        "proof": proof,
    })
}

#[test]
fn a_token_and_a_proof_of_the_fixture_stay_valid() {
    let file = golden::check("token", make);
    let jwks: Jwks = serde_json::from_value(file["key_set"].clone()).unwrap();
    let text_of_token = text(&file["token"]);
    let read = ChannelToken::verify(
        text_of_token,
        &token().issuer,
        &token().audience,
        &jwks,
        NOW,
    );
    assert_eq!(read, Ok(token()));
    assert_eq!(nonces().verify(text(&file["nonce"]), NOW), Ok(NOW));
    let proven = DpopProof::verify(
        text(&file["proof"]),
        what(text_of_token),
        token().session,
        &nonces(),
        NOW,
    );
    assert_eq!(proven.unwrap().id, "fixture proof");
}
