//! A reader who has only the page: verifies all signatures on it and opens all sealed values.

use crate::page::{Values, bytes, text};
use envelope::{
    ActivationCode, GrantFor, GrantToOpen, Head, HeadProof, HmacSha256, PartsReader, Sign1,
    Signer as _, Snapshot, SoftwareKey, TrustList, decrypt0, es256, pad, root_fingerprint,
    verify_forwards,
};
use protocol::cbor::Fields;
use protocol::http::{Challenge, EnrolmentAnswer, EnrolmentRequest, PullAnswer, TrustAnswer};
use protocol::{ChannelKind, Entry, Message};
use serde_json::Value as Json;
use token::{ChannelToken, Jwks};
use types::{
    BalanceType, CustomerId, DeviceForm, Hash, KeyEpoch, MessageKey, Nonce, Number, PublicKey,
    Signature, Time, base64url,
};

const PURPOSE: &str = "passbook enrolment";

/// The values that a device stores at enrolment.
pub(crate) struct Enrolled {
    trust: TrustList,
    token: String,
    public_url: String,
    message_key: MessageKey,
    head: Head,
}

fn key(values: &Values, name: &str) -> SoftwareKey {
    let private = bytes(values, &format!("{name}_private"));
    let key = SoftwareKey::from_bytes(&private.try_into().unwrap()).unwrap();
    let public = bytes(values, &format!("{name}_public"));
    assert_eq!(key.public_key().as_bytes().as_slice(), public);
    key
}

/// Follows the page from the code to the answer.
pub(crate) fn enrol(values: &Values) -> Enrolled {
    let answered: TrustAnswer = serde_json::from_str(text(values, "trust_answer")).unwrap();
    let fingerprint = root_fingerprint(&answered.roots[0]);
    let printed = format!("{}-{fingerprint}", text(values, "code"));
    assert_eq!(printed, text(values, "printed"));
    let trust = TrustList::stored(answered.trust.as_ref(), &answered.roots).unwrap();
    check_request(values);

    let answer: EnrolmentAnswer = serde_json::from_str(text(values, "answer")).unwrap();
    assert_eq!(answer.device.to_string(), text(values, "device"));
    assert_eq!(answer.trust.as_ref(), trust.as_bytes());
    let message_key = open_grant(values, &answer, &trust);
    let head = read_snapshot(values, &answer, &trust, &message_key);
    assert!(!trust.is_expired(head.time));
    check_token(values, &answer, (&answered.public_url, head.time));
    Enrolled {
        trust,
        token: answer.channel_token,
        public_url: answered.public_url,
        message_key,
        head,
    }
}

fn check_request(values: &Values) {
    let challenge: Challenge = serde_json::from_str(text(values, "challenge")).unwrap();
    let code = text(values, "code");
    let typed: ActivationCode = text(values, "typed").parse().unwrap();
    assert_eq!(typed.expose(), code);
    let request: EnrolmentRequest = serde_json::from_str(text(values, "request")).unwrap();
    assert_eq!(request.code, code);

    let payload = bytes(values, "enrolment_bytes");
    let mut fields = Fields::of_statement(&payload, PURPOSE, 2).unwrap();
    assert_eq!(fields.take::<Nonce>(), Ok(challenge.nonce));
    assert_eq!(fields.take::<PublicKey>(), Ok(challenge.ephemeral));
    assert_eq!(fields.take::<CustomerId>().unwrap().as_str(), "692");
    assert_eq!(fields.take::<String>().unwrap(), text(values, "device"));
    assert_eq!(fields.take::<DeviceForm>(), Ok(DeviceForm::App));
    for (name, sign1) in [
        ("session", &request.session),
        ("approval", &request.approval),
    ] {
        let signer: PublicKey = fields.take().unwrap();
        assert_eq!(signer, *key(values, name).public_key());
        let sign1 = Sign1::parse(sign1.as_ref()).unwrap();
        assert_eq!(sign1.embedded(), Ok(payload.as_slice()));
        assert_eq!(sign1.verify(&signer), Ok(()), "{name}");
    }
    let agreement = key(values, "agreement");
    assert_eq!(fields.take::<PublicKey>(), Ok(*agreement.public_key()));
    let mac = HmacSha256::new(challenge.nonce.as_bytes()).over(code.as_bytes());
    assert_eq!(fields.take::<Vec<u8>>().unwrap(), mac.finish().as_slice());
    fields.end().unwrap();

    let x = agreement.agree(&challenge.ephemeral).unwrap();
    let extracted = HmacSha256::new(&[0; 32]).over(&*x).finish();
    let info = bytes(values, "mac_info");
    let mac_key = HmacSha256::new(&extracted).over(&info).over(&[1]).finish();
    let mac = HmacSha256::new(&mac_key).over(&payload).finish();
    assert_eq!(request.mac.as_ref(), mac.as_slice());
}

fn check_token(values: &Values, answer: &EnrolmentAnswer, (issuer, now): (&str, Time)) {
    let jwks: Jwks = serde_json::from_str(text(values, "jwks")).unwrap();
    let token = ChannelToken::verify(&answer.channel_token, issuer, "passbook", &jwks, now);
    let token = token.unwrap();
    assert_eq!(token.device, answer.device);
    assert_eq!(token.channels, [answer.channels[0].channel]);
    assert_eq!(
        token.session,
        key(values, "session").public_key().thumbprint()
    );
}

fn open_grant(values: &Values, answer: &EnrolmentAnswer, trust: &TrustList) -> MessageKey {
    let agreement = key(values, "agreement");
    let expected = GrantFor {
        channel: answer.channels[0].channel,
        generation: answer.channels[0].generation,
        device: answer.device,
        agreement: agreement.public_key(),
        epoch: None,
        first_number: None,
    };
    let grant = GrantToOpen::verify(answer.grant.as_ref(), &expected, trust).unwrap();
    assert_eq!(grant.terms().info(), bytes(values, "grant_info_bytes"));
    let x = agreement.agree(grant.enc()).unwrap();
    assert_eq!(x.as_slice(), bytes(values, "grant_x"));
    let opened = grant.open(&x).unwrap();
    assert_eq!(opened.expose().as_slice(), bytes(values, "message_key"));
    opened
}

fn read_snapshot(
    values: &Values,
    answer: &EnrolmentAnswer,
    trust: &TrustList,
    message_key: &MessageKey,
) -> Head {
    let (answered, channel) = (&answer.snapshot, answer.channels[0].channel);
    let snapshot = Snapshot::verify(answered.snapshot.as_ref(), channel, None, trust).unwrap();
    let before = answered.before.unwrap();
    assert_eq!(before, Hash::of(&bytes(values, "chain_bytes")));
    let hole = answered.message.as_ref().unwrap().as_ref().to_vec();
    let proof = HeadProof::parse(before, hole).unwrap();
    let head = snapshot.judge(Some(&proof), None, None, trust).unwrap();
    assert_eq!(head.hash.as_bytes().as_slice(), bytes(values, "h1"));
    let mut reader = PartsReader::new();
    let (customer, part) = ("692".parse().unwrap(), answered.parts[0].as_ref());
    let items = reader
        .read(&snapshot, message_key, &customer, part)
        .unwrap();
    assert_eq!(items.len(), 2);
    assert!(reader.is_complete(&snapshot));
    head
}

/// Follows the page from the proof to the opened entry.
pub(crate) fn read(values: &Values, enrolled: &Enrolled) {
    check_proof(values, enrolled);
    let answer: PullAnswer = serde_json::from_str(text(values, "pull_answer")).unwrap();
    let in_cbor = PullAnswer::parse_cbor(&bytes(values, "pull_answer_cbor"));
    assert_eq!(in_cbor.as_ref(), Ok(&answer));
    let PullAnswer::Messages { messages, .. } = answer else {
        panic!("another state: {answer:?}")
    };
    let messages: Vec<_> = messages.into_iter().map(Message::parse).collect();
    let messages = messages.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    let trust = &enrolled.trust;
    let run = verify_forwards(&enrolled.head, ChannelKind::Customer, &messages, trust).unwrap();
    assert_eq!(run.head.number, Number::new(2).unwrap());
    assert_eq!(run.head.hash.as_bytes().as_slice(), bytes(values, "h2"));
    assert_eq!(run.head.hash, Hash::of(&bytes(values, "link2_bytes")));

    let body = messages[0].body.bytes().unwrap();
    let aad = bytes(values, "entry_aad_bytes");
    let message_key = enrolled.message_key.expose();
    let opened = decrypt0(message_key, KeyEpoch::FIRST, &aad, body).unwrap();
    assert_eq!(*opened, bytes(values, "entry_bytes"));
    assert_eq!(*pad(&opened).unwrap(), bytes(values, "entry_plaintext"));
    let entry = Entry::parse(&opened).unwrap();
    assert_eq!(entry.booking.unwrap().amount.minor_units(), 90_000);
    assert_eq!(entry.balances[&BalanceType::Booked].minor_units(), 90_000);
}

fn check_proof(values: &Values, enrolled: &Enrolled) {
    let session = key(values, "session");
    let proof = text(values, "proof");
    let (input, signature) = proof.rsplit_once('.').unwrap();
    let signature: Signature = signature.parse().unwrap();
    assert!(es256::verify(
        session.public_key(),
        input.as_bytes(),
        &signature
    ));
    let (header, claims) = input.split_once('.').unwrap();
    let [header, claims] = [header, claims]
        .map(|part| serde_json::from_slice::<Json>(&base64url::decode(part).unwrap()).unwrap());
    let (x, y) = session.public_key().jwk_coordinates();
    assert_eq!([&header["jwk"]["x"], &header["jwk"]["y"]], [&x, &y]);
    let ath = Hash::of(enrolled.token.as_bytes()).to_string();
    assert_eq!(claims["ath"], ath);
    assert_eq!(claims["nonce"], text(values, "dpop_nonce"));
    let (url, query) = text(values, "pull_url").split_once('?').unwrap();
    assert_eq!(
        (&claims["htm"], &claims["htu"]),
        (&"GET".into(), &url.into())
    );
    assert!(url.starts_with(&enrolled.public_url));
    assert_eq!(
        query,
        format!("after={}&limit=200", enrolled.head.position())
    );
}
