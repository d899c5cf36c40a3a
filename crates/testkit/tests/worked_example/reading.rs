//! The first proof, the first pull, and the first entry opened.

use crate::chain;
use crate::diagnostic::diagnostic;
use crate::enrolling::json_of;
use crate::example::Example;
use crate::fixed::{CHANNEL, PULLED, URL, booked, public, secret};
use envelope::{Head, Sign1, pad};
use protocol::cbor::{Fields, FromValue as _, decode};
use protocol::http::PullAnswer;
use protocol::{Message, cbor, cbor_array};
use token::{DpopNonce, DpopProof, ProofFor};
use types::{Generation, Hash, base64url};

const IV: [u8; 12] = [0x13; 12];

/// What a device with `token`, whose snapshot has the head `first`, requests and reads.
pub(crate) fn read(example: &mut Example, token: &str, first: &Head) {
    proof(example, token);
    let mut message = chain::next(first, &booked(), IV);
    open(example, &message);
    example.hex("body_hash", message.body.hash().as_bytes());
    let head = chain::sign(example, first, &mut message);
    let signed = Sign1::to_be_signed(public("head").kid(), &head.payload());
    example.hex("head2_signed", &signed);
    example.cbor("message", &message.encode());
    let answer = PullAnswer::Messages {
        generation: head.generation,
        newest: head.number,
        messages: vec![message.encode().into()],
    };
    example.text(
        "pull_answer",
        serde_json::to_string_pretty(&answer).unwrap(),
    );
    example.hex("pull_answer_cbor", &answer.to_cbor());
}

/// The URL, the token's hash, and the proof for both, with the bank's nonce.
fn proof(example: &mut Example, token: &str) {
    let nonces = DpopNonce::new(&secret("nonces"));
    let nonce = nonces.mint(PULLED);
    let url = format!("{URL}/v1/channels/{CHANNEL}/messages");
    let what = ProofFor {
        method: "GET",
        url: &url,
        token,
    };
    let id = base64url::encode(&[0x70; 16]);
    let input = DpopProof::signing_input(&public("session"), what, Some(&nonce), &id, PULLED);
    let proof = example.jwt("proof", "session", &input);
    let proven = DpopProof::verify(
        &proof,
        what,
        public("session").thumbprint(),
        &nonces,
        PULLED,
    );
    assert_eq!(proven.unwrap().id, id);

    let (header, claims) = input.split_once('.').unwrap();
    let ath = Hash::of(token.as_bytes());
    example.text("dpop_nonce", nonce);
    example.text("ath", base64url::encode(ath.as_bytes()));
    example.text("proof_header", json_of(header));
    example.text("proof_claims", json_of(claims));
    example.text("pull_url", format!("{url}?after=1.1&limit=200"));
}

/// The message's body and its plaintext.
fn open(example: &mut Example, message: &Message) {
    let body = message.body.bytes().unwrap();
    let aad = cbor_array![
        "passbook entry",
        1,
        CHANNEL,
        Generation::FIRST,
        message.number
    ];
    let aad = cbor::encode(&aad);
    let mut fields = Fields::new(Vec::from_value(decode(body).unwrap()).unwrap());
    let protected: Vec<u8> = fields.take().unwrap();
    let associated = cbor_array!["Encrypt0", protected.as_slice(), aad.as_slice()];
    let entry = booked().encode();
    example.text("body", diagnostic(body));
    example.hex("body_protected", &protected);
    example.cbor("entry_aad", &aad);
    example.hex("entry_associated", &cbor::encode(&associated));
    example.hex("entry_plaintext", &pad(&entry).unwrap());
    example.cbor("entry", &entry);
}
