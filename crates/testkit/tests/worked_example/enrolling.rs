//! The enrolment: what the device computes from the activation code, and what ciam answers.

use crate::chain;
use crate::example::Example;
use crate::fixed::{
    AUDIENCE, CHANNEL, ENROLLED, EPOCH, FROM, INCARNATION, NONCE, PRINTED, TYPED, UNTIL, URL, code,
    customer, device, device_added, items, key, listed, message_key, public, secret, terms,
};
use envelope::merkle::MerkleTree;
use envelope::{
    Enrolment, GrantFor, GrantToOpen, Head, HmacSha256, PartFiller, Sign1, Snapshot, TrustList,
    pad, part_hash, root_fingerprint, seal_grant, seal_part,
};
use protocol::http::{
    Challenge, ChannelGiven, EnrolmentAnswer, EnrolmentRequest, SignedSnapshot, TrustAnswer,
};
use protocol::{Body, ChannelKind, Message, cbor, cbor_array};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use token::{ChannelToken, Jwks};
use types::{DeviceForm, Generation, SnapshotId, base64url, hex};

/// The device's keys, the code, the bank's trust, the challenge, the request.
pub(crate) fn enrol(example: &mut Example) {
    for name in ["session", "approval", "agreement"] {
        example.hex(&format!("{name}_private"), &secret(name));
        example.hex(&format!("{name}_public"), public(name).as_bytes());
    }
    example.text("device", device().to_string());
    let fingerprint = root_fingerprint(&public("root"));
    example.text("printed", format!("{PRINTED}-{fingerprint}"));
    example.text("typed", TYPED);
    example.text("code", PRINTED);
    example.text("fingerprint", fingerprint);

    let list = TrustList::payload(1, FROM, UNTIL, &listed());
    example.cbor("trust_list", &list);
    let trust = TrustAnswer {
        trust: example.sign1("trust_sign1", "root", &list).into(),
        roots: vec![public("root")],
        public_url: URL.to_owned(),
    };
    example.text(
        "trust_answer",
        serde_json::to_string_pretty(&trust).unwrap(),
    );

    let challenge = Challenge {
        nonce: NONCE,
        ephemeral: public("ephemeral"),
    };
    example.text(
        "challenge",
        serde_json::to_string_pretty(&challenge).unwrap(),
    );
    example.hex("nonce", NONCE.as_bytes());
    example.hex("ephemeral", challenge.ephemeral.as_bytes());

    let enrolment = Enrolment {
        nonce: NONCE,
        ephemeral: challenge.ephemeral,
        customer: customer(),
        device: device(),
        form: DeviceForm::App,
        session: public("session"),
        approval: public("approval"),
        agreement: public("agreement"),
        code_mac: code().mac(NONCE),
    };
    let request = request(example, &enrolment);
    let verified = Enrolment::verify(&request, NONCE, &public("ephemeral"), |agreement| {
        key("ephemeral").agree(agreement)
    });
    let (verified, sent) = verified.unwrap();
    assert_eq!((verified, sent.expose()), (enrolment, PRINTED));
}

fn request(example: &mut Example, enrolment: &Enrolment) -> EnrolmentRequest {
    example.hex("code_characters", PRINTED.as_bytes());
    example.hex("code_mac", &enrolment.code_mac);
    let payload = enrolment.payload();
    example.cbor("enrolment", &payload);
    let session = example.sign1("session_sign1", "session", &payload);
    let approval = example.sign1("approval_sign1", "approval", &payload);
    example.hex(
        "session_signed",
        &Sign1::to_be_signed(enrolment.session.kid(), &payload),
    );

    let x = key("agreement").agree(&enrolment.ephemeral).unwrap();
    let info = cbor::encode(&cbor_array!["passbook enrolment mac", 1, NONCE]);
    // HKDF-SHA256 (RFC 5869) with an empty salt and one block of output.
    let extracted = HmacSha256::new(&[0; 32]).over(&*x).finish();
    let mac_key = HmacSha256::new(&extracted).over(&info).over(&[1]).finish();
    let mac = HmacSha256::new(&mac_key).over(&payload).finish();
    example.hex("x", &*x);
    example.hex("mac_info", &info);
    example.hex("mac_key", &*mac_key);
    example.hex("mac", &*mac);

    let request = EnrolmentRequest {
        session: session.into(),
        approval: approval.into(),
        mac: mac.to_vec().into(),
        code: PRINTED.to_owned(),
        attestation: None,
    };
    example.text("request", serde_json::to_string_pretty(&request).unwrap());
    request
}

/// ciam's answer. Returns the token and the head of the snapshot.
pub(crate) fn answer(example: &mut Example) -> (String, Head) {
    let token = ChannelToken {
        issuer: URL.to_owned(),
        audience: AUDIENCE.to_owned(),
        subject: base64url::encode(&[0x5b; 32]),
        device: device(),
        channels: vec![CHANNEL],
        session: public("session").thumbprint(),
        issued: ENROLLED,
        expires: ENROLLED.plus_ms(30 * 86_400_000),
        id: base64url::encode(&[0x7d; 16]),
    };
    let signed = token.sign(&key("issuer")).unwrap();
    let (input, _) = signed.rsplit_once('.').unwrap();
    let token = example.jwt("token", "issuer", input);
    let (header, claims) = input.split_once('.').unwrap();
    example.text("token_header", json_of(header));
    example.text("token_claims", json_of(claims));
    example.hex(
        "session_thumbprint",
        public("session").thumbprint().as_bytes(),
    );
    let jwks = Jwks::new(vec![public("issuer")]);
    example.text("jwks", serde_json::to_string_pretty(&jwks).unwrap());

    let grant = grant(example);
    let (snapshot, head) = snapshot(example);
    let trust = hex::decode(&example.made["trust_sign1"].replace('\n', "")).unwrap();
    let answer = EnrolmentAnswer {
        device: device(),
        channel_token: token.clone(),
        channels: vec![ChannelGiven {
            channel: CHANNEL,
            kind: ChannelKind::Customer,
            generation: Generation::FIRST,
        }],
        grant: grant.into(),
        trust: trust.into(),
        snapshot,
        verdict: Some("none".to_owned()),
    };
    example.text("answer", serde_json::to_string_pretty(&answer).unwrap());
    (token, head)
}

/// The JSON of a part of a JWT.
pub(crate) fn json_of(part: &str) -> String {
    String::from_utf8(base64url::decode(part).unwrap()).unwrap()
}

fn grant(example: &mut Example) -> Vec<u8> {
    let (terms, agreement) = (terms(), public("agreement"));
    let trust = TrustList::sign(1, FROM, UNTIL, listed(), &key("root")).unwrap();
    let expected = GrantFor {
        channel: CHANNEL,
        generation: terms.generation,
        device: terms.device,
        agreement: &agreement,
        epoch: Some(EPOCH),
        first_number: Some(terms.first_number),
    };
    let opened = |grant: &[u8]| {
        let grant = GrantToOpen::verify(grant, &expected, &trust).ok()?;
        let x = key("agreement").agree(grant.enc()).ok()?;
        let key = (*grant.terms() == terms).then(|| grant.open(&x).ok())??;
        Some((grant, x, key))
    };
    let holds = |grant: &[u8]| opened(grant).is_some_and(|(_, _, key)| key == message_key());
    let make = || {
        let mut rng = StdRng::seed_from_u64(1);
        seal_grant(&terms, &agreement, &message_key(), &key("grant"), &mut rng).unwrap()
    };
    let grant = example.keep("grant", holds, make);
    let (to_open, x, _) = opened(&grant).unwrap();
    example.hex("grant", &grant);
    example.cbor(
        "grant_statement",
        Sign1::parse(&grant).unwrap().embedded().unwrap(),
    );
    example.cbor("grant_info", &terms.info());
    example.hex("enc", to_open.enc().as_bytes());
    example.hex("grant_x", &*x);
    example.hex("message_key", message_key().expose());
    grant
}

/// The snapshot as of message 1, which reports that the device was added.
fn snapshot(example: &mut Example) -> (SignedSnapshot, Head) {
    let start = Head::start(CHANNEL, Generation::FIRST);
    let chain = cbor_array!["passbook chain", 1, CHANNEL, Generation::FIRST];
    example.cbor("chain", &cbor::encode(&chain));
    example.hex("h0", start.hash.as_bytes());
    let mut first = chain::next(&start, &device_added(), [0x11; 12]);
    let head = chain::sign(example, &start, &mut first);
    let hole = Message {
        body: Body::Hole(first.body.hash()),
        ..first
    };
    example.cbor("hole", &hole.encode());

    let mut filler = PartFiller::new([0x71; 16]);
    for item in items() {
        assert_eq!(filler.push(&item, [0; 16]), Ok(None));
    }
    let part = filler.end().unwrap();
    let leaf = part_hash(&part);
    let root = MerkleTree::new(&[leaf]).root();
    let snapshot = Snapshot {
        channel: CHANNEL,
        generation: head.generation,
        number: head.number,
        hash: head.hash,
        incarnation: INCARNATION,
        time: ENROLLED,
        epoch: EPOCH,
        parts: 1,
        root,
        nonce: None,
    };
    example.cbor("snapshot", &snapshot.payload());
    let aad = cbor_array![
        "passbook snapshot part",
        2,
        CHANNEL,
        head.generation,
        head.number,
        1
    ];
    example.cbor("part_aad", &cbor::encode(&aad));
    let sealed = seal_part(
        (&message_key(), EPOCH),
        (CHANNEL, head.position()),
        1,
        &[0x12; 12],
        &part,
        &[],
    )
    .unwrap();
    example.hex("part_sealed", &sealed);
    example.cbor("part", &part);
    example.hex("leaf_data", leaf.as_bytes());
    let opened = cbor::encode(&cbor_array![part.as_slice(), Vec::<cbor::Value>::new()]);
    example.hex("part_plaintext", &pad(&opened).unwrap());
    let answered = SignedSnapshot {
        id: SnapshotId::new([0x1d; 16]),
        snapshot: example
            .sign1("snapshot_sign1", "head", &snapshot.payload())
            .into(),
        before: Some(start.hash),
        message: Some(hole.encode().into()),
        parts: vec![sealed.into()],
    };
    (answered, head)
}
