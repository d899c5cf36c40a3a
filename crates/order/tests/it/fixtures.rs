//! `fixtures/order.json`: orders, their texts, and what signs them, made again byte for byte and parsed again.

use crate::accept::{array, bytes, text};
use crate::golden;
use envelope::{Purpose, Sign1, Signer as _, SoftwareKey, TrustList, TrustedKey, es256};
use order::{
    Assertion, BackupFlags, Challenge, Credential, Creditor, Frequency, Intent, Locale, Order,
    OrderFields, OrderKind, Orderer, Outcome, OutcomeKind, Reason, RelyingParty, Schedule, Scheme,
    SignedChallenge, SignedIntent, Voucher, shown_text,
};
use p256::ecdsa::Signature as Es256;
use protocol::cbor::{self, Value};
use protocol::cbor_array;
use serde_json::{Value as Json, json};
use types::{
    ChallengeId, ChannelId, DeviceForm, DeviceId, Hash, IntentId, Money, PublicKey, Signature,
    Time, VoucherId, base64url, hex,
};

const NOW: Time = Time::from_ms(1_790_000_000_000);
const UNTIL: Time = Time::from_ms(1_797_000_000_000);
const VOUCHER: VoucherId = VoucherId::new([0x7e; 16]);
const CREDENTIAL: [u8; 16] = [0x9c; 16];
pub(crate) const CHALLENGE: ChallengeId = ChallengeId::new([0xca; 16]);

fn key(name: &str) -> SoftwareKey {
    let secret = Hash::of(format!("passbook fixtures: {name}").as_bytes());
    SoftwareKey::from_bytes(secret.as_bytes()).unwrap()
}

pub(crate) fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

fn device() -> DeviceId {
    DeviceId::at(NOW, [0xd1; 10])
}

pub(crate) fn party() -> RelyingParty {
    RelyingParty {
        id: "bank.example".to_owned(),
        origin: "https://bank.example".to_owned(),
    }
}

fn money(minor_units: i64, currency: &str) -> Money {
    Money::new(minor_units, currency.parse().unwrap())
}

fn payment(kind: OrderKind, amount: Money, creditor: Creditor) -> OrderFields {
    OrderFields {
        debit_account: Some("576".to_owned()),
        amount: Some(amount),
        creditor: Some(creditor),
        ..OrderFields::new(kind)
    }
}

/// Every kind, scheme and frequency, and every field.
fn orders() -> Vec<Order> {
    let name = |name: &str| Some(name.to_owned());
    let creditor = |scheme, identification: &str| Creditor::new(scheme, identification);
    let iban = Creditor {
        name: name("Jana Nováková"),
        ..creditor(Scheme::Iban, "CZ6508000000192000145399")
    };
    let biller = Creditor {
        name: name("การไฟฟ้านครหลวง"),
        references: vec!["0123456789".to_owned(), "256909".to_owned()],
        ..creditor(Scheme::Biller, "099400015804189")
    };
    let domestic = Creditor {
        bank: name("0800"),
        ..iban.clone()
    };
    let transfer = |amount, creditor| payment(OrderKind::Transfer, amount, creditor);
    let standing = |frequency, last: Option<&str>| OrderFields {
        schedule: Some(Schedule {
            frequency,
            first: "2026-10-31".parse().unwrap(),
            last: last.map(|date| date.parse().unwrap()),
        }),
        ..payment(OrderKind::Standing, money(40_000, "CZK"), iban.clone())
    };
    let mut orders = vec![
        transfer(money(123_450, "CZK"), creditor(Scheme::Account, "704")),
        OrderFields {
            reference: name("Na léto 🎂"),
            execution_date: Some("2026-10-01".parse().unwrap()),
            ..transfer(money(i64::MAX, "KWD"), iban.clone())
        },
        transfer(
            money(1_500, "JPY"),
            Creditor {
                scheme: Scheme::Domestic,
                identification: "19-2000145399".to_owned(),
                ..domestic
            },
        ),
        transfer(
            money(100_000, "USD"),
            Creditor {
                bank: name("BKKBTHBK"),
                name: name("Somchai Jaidee"),
                ..creditor(Scheme::Swift, "1234567890")
            },
        ),
        transfer(
            money(50_000, "THB"),
            creditor(Scheme::Proxy, "mobile:0812345678"),
        ),
        payment(OrderKind::Bill, money(87_325, "THB"), biller.clone()),
    ];
    orders.extend(
        Frequency::ALL
            .iter()
            .map(|frequency| standing(*frequency, None)),
    );
    orders.push(standing(Frequency::Month, Some("2027-09-30")));
    let about = |kind, creditor: &Creditor| OrderFields {
        creditor: Some(creditor.clone()),
        target: Some("29401".to_owned()),
        ..OrderFields::new(kind)
    };
    orders.extend([
        OrderFields {
            target: Some("29401".to_owned()),
            ..payment(OrderKind::StandingEnd, money(40_000, "CZK"), iban.clone())
        },
        about(OrderKind::Cancel, &biller),
        OrderFields {
            creditor: Some(iban.clone()),
            own_name: name("Landlady"),
            ..OrderFields::new(OrderKind::PayeeAdd)
        },
        about(OrderKind::PayeeRemove, &iban),
    ]);
    orders
        .into_iter()
        .map(|order| Order::new(order).unwrap())
        .collect()
}

pub(crate) fn intent() -> Intent {
    let orderer = Orderer {
        customer: "692".parse().unwrap(),
        channel: ChannelId::new([0xc1; 16]),
        device: device(),
    };
    let order = orders().swap_remove(0);
    let times = (NOW, NOW.plus_ms(order::NOT_AFTER_MS_MAX));
    let id = IntentId::at(NOW, [0xe1; 10]);
    Intent::new(id, orderer, order, Some(VOUCHER), times, Locale::Th).unwrap()
}

pub(crate) fn challenge() -> Challenge {
    Challenge {
        customer: "692".parse().unwrap(),
        intent: intent().intent,
        hash: intent().hash(),
        challenge: CHALLENGE,
    }
}

/// The device's session key and approval key.
pub(crate) fn device_keys() -> [SoftwareKey; 2] {
    [key("session"), key("approval")]
}

/// The passkey's assertion over a Sign1.
pub(crate) fn approve(signed: &[u8]) -> Assertion {
    assertion(None, signed)
}

fn voucher() -> Voucher {
    Voucher {
        voucher: VOUCHER,
        customer: "692".parse().unwrap(),
        device: device(),
        limit: money(500_000, "CZK"),
        issued: NOW,
        expires: NOW.plus_ms(order::VOUCHER_MS),
    }
}

fn trust() -> TrustList {
    let listed = TrustedKey {
        purpose: Purpose::Voucher,
        key: public("voucher"),
        from: NOW,
        until: UNTIL,
    };
    TrustList::sign(1, NOW, UNTIL, vec![listed], &key("root")).unwrap()
}

fn outcomes() -> Vec<Outcome> {
    let outcome = |kind| Outcome {
        kind,
        intent: intent().intent,
        order_kind: OrderKind::Transfer,
        reason: None,
        bank_reference: None,
        date: None,
        order: None,
    };
    vec![
        Outcome {
            order: Some(intent().order),
            ..outcome(OutcomeKind::Pending)
        },
        Outcome {
            bank_reference: Some("TX-1".to_owned()),
            date: Some("2026-10-01".parse().unwrap()),
            ..outcome(OutcomeKind::Executed)
        },
        Outcome {
            reason: Some(Reason::InsufficientFunds),
            ..outcome(OutcomeKind::Refused)
        },
        outcome(OutcomeKind::Cancelled),
    ]
}

/// A Sign1 with exactly this payload: the file's, if its signature is valid, or a new one.
fn sign1(file: Option<&Json>, name: &str, signer: &str, payload: &[u8]) -> Vec<u8> {
    let kid = public(signer).kid();
    let signed = Sign1::to_be_signed(kid, payload);
    let signature = match file {
        None => key(signer).sign(&signed).unwrap(),
        Some(file) => {
            let made = bytes(&file[name]);
            let signature = Signature::try_from(&made[made.len() - 64..]).unwrap();
            assert!(es256::verify(&public(signer), &signed, &signature));
            signature
        }
    };
    Sign1::assemble_embedded(kid, payload, &signature)
}

/// An assertion over a Sign1: with the signature of `file`, if that is valid, or with a new one.
fn assertion(file: Option<&Json>, signed: &[u8]) -> Assertion {
    let challenge = base64url::encode(Hash::of(signed).as_bytes());
    // In the order of the alphabet, whatever order a map of JSON keeps: the fixture's signature covers these bytes.
    let client_data = json!({
        "challenge": challenge,
        "crossOrigin": false,
        "origin": party().origin,
        "type": "webauthn.get",
    });
    let client_data_json = client_data.to_string().into_bytes();
    let mut authenticator_data = Hash::of(party().id.as_bytes()).as_bytes().to_vec();
    // User present and verified, backup eligible; the counter is 0.
    authenticator_data.extend([0x0d, 0, 0, 0, 0]);
    let hash = Hash::of(&client_data_json);
    let message = [authenticator_data.as_slice(), hash.as_bytes()].concat();
    let signature = match file {
        None => {
            let signature = key("passkey").sign(&message).unwrap();
            let signature = Es256::from_slice(signature.as_bytes()).unwrap();
            signature.to_der().as_bytes().to_vec()
        }
        Some(file) => {
            let made = bytes(&file["signature"]);
            let signature = Es256::from_der(&made).unwrap().to_bytes();
            let signature = Signature::try_from(signature.as_slice()).unwrap();
            assert!(es256::verify(&public("passkey"), &message, &signature));
            made
        }
    };
    Assertion {
        credential: CREDENTIAL.to_vec(),
        authenticator_data,
        client_data_json,
        signature,
    }
}

pub(crate) fn credential() -> Credential {
    let point = public("passkey");
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let key = [
        (1, 2_i64.into()),
        (3, (-7).into()),
        (-1, 1.into()),
        (-2, x.into()),
        (-3, y.into()),
    ];
    let key = key.map(|(label, value): (i64, Value)| {
        let label = u64::try_from(label).map_or_else(
            |_| cbor::Key::Negative((-1 - label) as u64),
            cbor::Key::Unsigned,
        );
        (label, value)
    });
    Credential {
        customer: "692".parse().unwrap(),
        key: cbor::encode(&Value::Map(key.into())),
        backup_eligible: true,
    }
}

fn assertion_json(assertion: &Assertion) -> Json {
    json!({
        "credential": hex::encode(&assertion.credential),
        "authenticator_data": hex::encode(&assertion.authenticator_data),
        "client_data_json": hex::encode(&assertion.client_data_json),
        "signature": hex::encode(&assertion.signature),
    })
}

fn read_assertion(json: &Json) -> Assertion {
    let part = |name: &str| bytes(&json[name]);
    Assertion {
        credential: part("credential"),
        authenticator_data: part("authenticator_data"),
        client_data_json: part("client_data_json"),
        signature: part("signature"),
    }
}

fn make(file: Option<&Json>) -> Json {
    let signed_by_app = sign1(file, "signed_by_app", "approval", &intent().encode());
    let signed_by_browser = sign1(file, "signed_by_browser", "session", &intent().encode());
    let of_file = |name: &str| file.map(|file| &file[name]);
    let assertion = assertion_json(&assertion(of_file("assertion"), &signed_by_browser));
    let challenge = challenge().encode();
    let challenge_by_app = sign1(file, "challenge_by_app", "approval", &challenge);
    let challenge_by_browser = sign1(file, "challenge_by_browser", "session", &challenge);
    let challenge_assertion =
        self::assertion(of_file("challenge_assertion"), &challenge_by_browser);
    let voucher = sign1(file, "voucher", "voucher", &voucher().payload());
    json!({
        "orders": orders().iter().map(|order| json!({
            "cbor": hex::encode(&order.encode()),
            "en": shown_text(order, Locale::En),
            "th": shown_text(order, Locale::Th),
        })).collect::<Vec<_>>(),
        "intent": hex::encode(&intent().encode()),
        "voucher": hex::encode(&voucher),
        "signed_by_app": hex::encode(&signed_by_app),
        "signed_by_browser": hex::encode(&signed_by_browser),
        "credential_key": hex::encode(&credential().key),
        "assertion": assertion,
        "challenge": hex::encode(&challenge),
        "challenge_by_app": hex::encode(&challenge_by_app),
        "challenge_by_browser": hex::encode(&challenge_by_browser),
        "challenge_assertion": assertion_json(&challenge_assertion),
        "outcomes": outcomes().iter().map(|outcome| {
            hex::encode(&cbor::encode(&cbor_array![
                outcome.kind.as_str(),
                Value::Map(outcome.arguments()),
            ]))
        }).collect::<Vec<_>>(),
    })
}

#[test]
fn fixtures_of_orders_stay_readable() {
    let file = golden::check("order", make);
    for (row, order) in array(&file["orders"]).iter().zip(orders()) {
        assert_eq!(Order::parse(&bytes(&row["cbor"])).as_ref(), Ok(&order));
        assert_eq!(shown_text(&order, Locale::En), text(&row["en"]));
    }
    let voucher_bytes = bytes(&file["voucher"]);
    let customer = "692".parse().unwrap();
    let verified = Voucher::verify(&voucher_bytes, &trust(), &customer, device(), NOW);
    assert_eq!(verified, Ok(voucher()));

    let (session, approval) = (public("session"), public("approval"));
    let by_app = SignedIntent {
        signed: bytes(&file["signed_by_app"]),
        assertion: None,
    };
    assert_eq!(by_app.intent(), Ok(intent()));
    let verified = by_app.verify_signature(DeviceForm::App, &session, &approval);
    assert_eq!(verified, Ok(()));
    let by_browser = SignedIntent {
        signed: bytes(&file["signed_by_browser"]),
        assertion: Some(read_assertion(&file["assertion"])),
    };
    let form = DeviceForm::Browser;
    assert_eq!(
        by_browser.verify_signature(form, &session, &approval),
        Ok(())
    );
    assert_eq!(credential().key, bytes(&file["credential_key"]));
    let backup = by_browser.verify_assertion(form, &customer, &party(), |id| {
        (id == CREDENTIAL).then(credential)
    });
    let eligible = BackupFlags {
        eligible: true,
        backed_up: false,
    };
    assert_eq!(backup, Ok(Some(eligible)));

    assert_eq!(
        Challenge::parse(&bytes(&file["challenge"])),
        Ok(challenge())
    );
    let answer = |name: &str, assertion| SignedChallenge {
        signed: bytes(&file[name]),
        assertion,
    };
    let by_app = answer("challenge_by_app", None);
    assert_eq!(by_app.challenge(), Ok(challenge()));
    let verified = by_app.verify_signature(DeviceForm::App, &session, &approval);
    assert_eq!(verified, Ok(()));
    let assertion = read_assertion(&file["challenge_assertion"]);
    let by_browser = answer("challenge_by_browser", Some(assertion));
    let verified = by_browser.verify_signature(form, &session, &approval);
    assert_eq!(verified, Ok(()));
    let backup = by_browser.verify_assertion(form, &customer, &party(), |_| Some(credential()));
    assert_eq!(backup, Ok(Some(eligible)));

    for (row, outcome) in array(&file["outcomes"]).iter().zip(outcomes()) {
        let row = cbor::decode(&bytes(row)).unwrap();
        let [kind, arguments] = row.as_array().unwrap() else {
            panic!("a kind and its arguments");
        };
        let kind = kind.as_text().unwrap().parse().unwrap();
        let read = Outcome::from_entry(&kind, arguments.as_map().unwrap());
        assert_eq!(read, Some(Ok(outcome)));
    }
}
