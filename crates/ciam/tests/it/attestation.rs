//! The attestation of a device that enrols: what it proves is stated, listed and recorded, and refuses nothing.

use crate::bank::{Bank, DAY_MS, ISSUER, MINUTE_MS, START};
use crate::person::{Person, passkey};
use crate::phone::Phone;
use attestation::{
    AndroidApp, AndroidKey, DevelopmentRoot, OBJECT_BYTES_MAX, RevokedCertificates, Root,
    SoftwareDevice, Verifiers,
};
use axum::body::Body;
use ciam::{EnrolError, Settings};
use envelope::{AttestationChallenge, SoftwareKey};
use http::Request;
use http_body_util::BodyExt as _;
use protocol::http::{
    Challenge, DeviceAnswered, DeviceAttestation, EnrolmentAnswer, EnrolmentRequest, IssuedCode,
    OwnDevices,
};
use serde_json::json;
use tower::ServiceExt as _;
use types::{AttestationFormat, DeviceId, ErrorCode, Nonce, VerdictLevel, hex};

const HARDWARE: &str = "hardware android_key trusted_environment";

fn root(label: u8) -> DevelopmentRoot {
    DevelopmentRoot::new(SoftwareKey::from_bytes(&[label; 32]).unwrap())
}

/// A bank that trusts the first root.
async fn bank() -> Bank {
    let certificate = root(1).certificate(START).unwrap();
    let (package, digest) = DevelopmentRoot::app();
    let android = AndroidKey {
        roots: Root::of_pem(certificate.as_bytes()).unwrap(),
        apps: vec![AndroidApp::new(&package, &[hex::encode(digest.as_bytes())]).unwrap()],
        revoked: RevokedCertificates::default(),
    };
    let attestation = Verifiers {
        android_key: Some(android),
        ..Verifiers::default()
    };
    Bank::with(Settings {
        attestation,
        ..Settings::new(ISSUER)
    })
    .await
}

/// What a root attests of a phone for the challenge with that nonce.
fn attested_by(label: u8, phone: &Phone, nonce: Nonce, device: DeviceId) -> DeviceAttestation {
    let format = AttestationFormat::AndroidKey;
    let [session, approval, agreement] = phone.public_keys();
    let challenge = AttestationChallenge { nonce, device };
    let hash = challenge.hash(format, [&session, &approval, &agreement]);
    let claims = SoftwareDevice {
        claims: VerdictLevel::Hardware,
        session,
        approval,
    };
    let object = root(label).attest(&claims, hash, START).unwrap();
    DeviceAttestation {
        format: format.as_str().to_owned(),
        nonce,
        object: object.into(),
    }
}

fn own(phone: &Phone, nonce: Nonce) -> DeviceAttestation {
    attested_by(1, phone, nonce, phone.device)
}

/// A nonce of the same time that the bank did not give.
fn forged(nonce: Nonce) -> Nonce {
    let mut bytes = *nonce.as_bytes();
    bytes[15] ^= 1;
    Nonce::new(bytes)
}

fn request(
    (phone, challenge): (&Phone, &Challenge),
    code: &str,
    attestation: Option<DeviceAttestation>,
) -> EnrolmentRequest {
    EnrolmentRequest {
        attestation,
        ..phone.request(challenge, "1001", code)
    }
}

async fn enrol(
    bank: &Bank,
    phone: &Phone,
    code: &str,
    attestation: impl FnOnce(Nonce) -> DeviceAttestation,
) -> Result<EnrolmentAnswer, EnrolError> {
    let challenge = bank.ciam.challenge().unwrap();
    let attestation = Some(attestation(challenge.nonce));
    let request = request((phone, &challenge), code, attestation);
    bank.ciam.enrol(&request).await
}

/// The verdict on a new device with that attestation, which is enrolled.
async fn verdict(
    bank: &Bank,
    phone: &Phone,
    attestation: impl FnOnce(Nonce) -> DeviceAttestation,
) -> String {
    let code = bank.code("1001").await;
    let answer = enrol(bank, phone, &code, attestation).await.unwrap();
    let statement = bank.neighbour.statements().pop().unwrap();
    assert_eq!(statement.device, phone.device);
    assert_eq!(answer.verdict.as_deref(), Some(statement.verdict.as_str()));
    let mut acts = bank.acts().into_iter();
    let enrolled = acts.rfind(|act| act.action == "device.enrolled");
    assert_eq!(enrolled.unwrap().details["verdict"], statement.verdict);
    statement.verdict
}

#[tokio::test]
async fn what_an_attestation_proves_is_stated_recorded_and_listed() {
    let bank = bank().await;
    let phone = Phone::new();
    let stated = verdict(&bank, &phone, |nonce| own(&phone, nonce)).await;
    assert_eq!(stated, HARDWARE);
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let list: OwnDevices = person
        .ask(("GET", "/v1/devices"), &access, None)
        .await
        .unwrap();
    let listed: Vec<_> = list
        .devices
        .iter()
        .map(|row| row.verdict.as_str())
        .collect();
    assert_eq!(listed, [HARDWARE, "none"]);
}

#[tokio::test]
async fn no_attestation_refuses_an_enrolment() {
    let bank = bank().await;
    let check = async |expected: &str, change: fn(&Phone, Nonce) -> DeviceAttestation| {
        let phone = Phone::new();
        let stated = verdict(&bank, &phone, |nonce| change(&phone, nonce)).await;
        assert_eq!(stated, expected);
    };
    check("none android_key untrusted_root", |phone, nonce| {
        attested_by(2, phone, nonce, phone.device)
    })
    .await;
    check("none android_key another_challenge", |phone, nonce| {
        attested_by(1, phone, nonce, Phone::new().device)
    })
    .await;
    check("none android_key another_key", |phone, nonce| {
        attested_by(1, &Phone::new(), nonce, phone.device)
    })
    .await;
    check("none android_key malformed", |phone, nonce| {
        DeviceAttestation {
            object: b"nonsense".to_vec().into(),
            ..own(phone, nonce)
        }
    })
    .await;
    check("none android_key too_large", |phone, nonce| {
        DeviceAttestation {
            object: vec![0; OBJECT_BYTES_MAX + 1].into(),
            ..own(phone, nonce)
        }
    })
    .await;
    check("none app_attest not_configured", |phone, nonce| {
        DeviceAttestation {
            format: "app_attest".to_owned(),
            ..own(phone, nonce)
        }
    })
    .await;
    check("none unknown_format", |phone, nonce| DeviceAttestation {
        format: "windows_hello".to_owned(),
        ..own(phone, nonce)
    })
    .await;
    check("none android_key challenge_unknown", |phone, nonce| {
        own(phone, forged(nonce))
    })
    .await;
}

/// Nor does the same device's, if it is enrolled again under another id.
#[tokio::test]
async fn an_attestation_of_another_enrolment_proves_nothing() {
    let bank = bank().await;
    let (phone, thief) = (Phone::new(), Phone::new());
    let nonce = bank.ciam.challenge().unwrap().nonce;
    let attestation = own(&phone, nonce);
    let stated = verdict(&bank, &phone, |_| attestation.clone()).await;
    assert_eq!(
        stated, HARDWARE,
        "an earlier challenge of the bank serves, too"
    );
    let stated = verdict(&bank, &thief, |_| attestation.clone()).await;
    assert_eq!(stated, "none android_key another_key");
    let another = Phone {
        device: Phone::new().device,
        ..phone
    };
    let stated = verdict(&bank, &another, |_| attestation).await;
    assert_eq!(stated, "none android_key another_challenge");
}

#[tokio::test]
async fn a_challenge_serves_an_attestation_for_a_day() {
    let bank = bank().await;
    for (age, expected) in [
        (DAY_MS, HARDWARE),
        (DAY_MS + 1, "none android_key challenge_unknown"),
    ] {
        let phone = Phone::new();
        let nonce = bank.ciam.challenge().unwrap().nonce;
        bank.advance(age);
        bank.list_keys().await;
        assert_eq!(
            verdict(&bank, &phone, |_| own(&phone, nonce)).await,
            expected
        );
    }
    // Nor before it was given, by a clock that is more than 10 s ahead.
    for (ahead, expected) in [
        (10_000, HARDWARE),
        (10_001, "none android_key challenge_unknown"),
    ] {
        let phone = Phone::new();
        let nonce = bank.ciam.challenge().unwrap().nonce;
        bank.set_clock(bank.now().minus_ms(ahead));
        assert_eq!(
            verdict(&bank, &phone, |_| own(&phone, nonce)).await,
            expected
        );
    }
}

#[tokio::test]
async fn a_repeated_request_keeps_the_first_verdict() {
    let bank = bank().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let first = enrol(&bank, &phone, &code, |nonce| own(&phone, nonce)).await;
    assert_eq!(first.unwrap().verdict.as_deref(), Some(HARDWARE));
    let again = bank.enrol(&phone, "1001", &code).await.unwrap();
    assert_eq!(again.verdict.as_deref(), Some(HARDWARE));
    let (other, code) = (Phone::new(), bank.code("1001").await);
    let first = bank.enrol(&other, "1001", &code).await.unwrap();
    assert_eq!(first.verdict.as_deref(), Some("none"));
    let again = enrol(&bank, &other, &code, |nonce| own(&other, nonce)).await;
    assert_eq!(again.unwrap().verdict.as_deref(), Some("none"));
}

/// A device that attests its keys only when it makes them repeats its request with one attestation until it is approved.
#[tokio::test]
async fn a_device_that_waits_keeps_its_attestation() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let made: IssuedCode = person
        .ask(("POST", "/v1/devices/codes"), &access, None)
        .await
        .unwrap();
    let (phone, nonce) = (Phone::new(), bank.ciam.challenge().unwrap().nonce);
    let attestation = own(&phone, nonce);
    let waits = enrol(&bank, &phone, &made.code, |_| attestation.clone()).await;
    assert_eq!(waits.unwrap_err().code(), ErrorCode::EnrolmentAwaited);
    let challenge = bank.ciam.challenge().unwrap();
    let enrolment = phone.enrolment(&challenge, "1001", &made.code);
    let number = enrolment.comparison(&made.code.parse().unwrap());
    let body = json!({ "device": phone.device, "number": number.to_string() });
    let path = "/v1/devices/waiting/answers";
    let answered: DeviceAnswered = person.post(path, &access, body).await.unwrap();
    assert!(answered.approved);
    // The attestation's challenge may not be answered by an enrolment any more.
    bank.advance(6 * MINUTE_MS);
    let enrolled = enrol(&bank, &phone, &made.code, |_| attestation).await;
    assert_eq!(enrolled.unwrap().verdict.as_deref(), Some(HARDWARE));
}

#[tokio::test]
async fn a_body_may_be_as_large_as_an_attestation_needs() {
    let bank = bank().await;
    let enrol = async |bytes: usize| {
        let (phone, code) = (Phone::new(), bank.code("1001").await);
        let challenge = bank.ciam.challenge().unwrap();
        let attestation = DeviceAttestation {
            object: vec![0; bytes].into(),
            ..own(&phone, challenge.nonce)
        };
        let body = request((&phone, &challenge), &code, Some(attestation));
        let asked = Request::post("/v1/enrolment")
            .header("content-type", "application/json")
            .body(Body::from(serde_json::to_vec(&body).unwrap()));
        let routes = ciam::http::routes(bank.ciam.clone());
        routes.oneshot(asked.unwrap()).await.unwrap()
    };
    let response = enrol(OBJECT_BYTES_MAX).await;
    let answer = response.into_body().collect().await.unwrap().to_bytes();
    let answer: EnrolmentAnswer = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer.verdict.unwrap(), "none android_key malformed");
    assert_eq!(enrol(2 * OBJECT_BYTES_MAX).await.status(), 413);
}
