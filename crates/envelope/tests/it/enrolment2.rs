//! The acceptance vectors of enrolments and device statements of version 2.

use crate::accept::{array, bytes, number, text};
use crate::bank::{channel, fixed, key, nonce, software_key, time, trust};
use envelope::{ActivationCode, DeviceStatement, Enrolment, EnrolmentError};
use protocol::http::EnrolmentRequest;
use serde_json::Value as Json;
use types::Signature;

/// Vectors of an independent implementation; `fixtures/README.md` describes them.
fn vectors() -> Json {
    let vectors = include_str!("../../../../fixtures/accept/enrolment2.json");
    serde_json::from_str(vectors).unwrap()
}

fn verify(request: &EnrolmentRequest, input: &Json) -> Result<Enrolment, EnrolmentError> {
    let ephemeral = software_key(&input["ephemeral_private"]);
    let verified = Enrolment::verify(
        request,
        nonce(&input["nonce"]),
        &key(&input["ephemeral"]),
        |agreement| ephemeral.agree(agreement),
    );
    verified.map(|(enrolment, code)| {
        assert_eq!(code.mac(enrolment.nonce), enrolment.code_mac);
        enrolment
    })
}

fn request(input: &Json) -> EnrolmentRequest {
    serde_json::from_value(input["request"].clone()).unwrap()
}

#[test]
fn a_code_is_authenticated_as_it_is_printed() {
    for case in array(&vectors()["codes"]) {
        let code: ActivationCode = text(&case["typed"]).parse().unwrap();
        assert_eq!(code.expose(), text(&case["code"]));
        let mac = code.mac(nonce(&case["nonce"]));
        assert_eq!(mac.as_slice(), bytes(&case["code_mac"]), "{case}");
    }
}

#[test]
fn enrolments_of_either_form_have_the_expected_bytes() {
    let vectors = vectors();
    let mut forms = Vec::new();
    for group in array(&vectors["enrolment"]) {
        let enrolment = Enrolment {
            nonce: nonce(&group["nonce"]),
            ephemeral: key(&group["ephemeral"]),
            customer: text(&group["customer"]).parse().unwrap(),
            device: text(&group["device"]).parse().unwrap(),
            form: text(&group["form"]).parse().unwrap(),
            session: key(&group["session"]),
            approval: key(&group["approval"]),
            agreement: key(&group["agreement"]),
            code_mac: fixed(&group["code_mac"]),
        };
        assert_eq!(enrolment.payload(), bytes(&group["payload"]));
        let x = software_key(&group["agreement_private"])
            .agree(&enrolment.ephemeral)
            .unwrap();
        assert_eq!(x.as_slice(), bytes(&group["x"]));
        let request = request(group);
        let signature = |sign1: &[u8]| Signature::try_from(&sign1[sign1.len() - 64..]).unwrap();
        let built = enrolment.request(
            &signature(&request.session.0),
            &signature(&request.approval.0),
            &x,
            &text(&group["code"]).parse().unwrap(),
        );
        assert!(built == request, "the request has the expected bytes");
        assert_eq!(built.mac.0, bytes(&group["mac"]));
        forms.push(enrolment.form.as_str());
        assert_eq!(verify(&request, group), Ok(enrolment));
    }
    assert_eq!(forms, ["app", "browser"]);
}

#[test]
fn device_statements_of_either_form_have_the_expected_bytes() {
    let vectors = vectors();
    let mut forms = Vec::new();
    for group in array(&vectors["device_statement"]) {
        let statement = DeviceStatement {
            number: number(&group["number"]),
            customer: text(&group["customer"]).parse().unwrap(),
            channel: channel(&group["channel"]),
            device: text(&group["device"]).parse().unwrap(),
            form: text(&group["form"]).parse().unwrap(),
            session: key(&group["session"]),
            approval: key(&group["approval"]),
            agreement: key(&group["agreement"]),
            verdict: text(&group["verdict"]).to_owned(),
            time: time(&group["time"]),
        };
        assert_eq!(statement.payload(), bytes(&group["payload"]));
        forms.push(statement.form.as_str());
        assert_eq!(
            DeviceStatement::verify(&bytes(&group["bytes"]), &trust(&vectors)),
            Ok(statement)
        );
    }
    assert_eq!(forms, ["app", "browser"]);
}

#[test]
fn every_negative_case_is_refused_with_its_reason() {
    let vectors = vectors();
    let mut wrong = Vec::new();
    for case in array(&vectors["negative"]) {
        let input = &case["input"];
        let refusal = match text(&case["operation"]) {
            "enrolment" => verify(&request(input), input)
                .err()
                .map(|error| error.reason()),
            "device_statement" => {
                DeviceStatement::verify(&bytes(&input["statement"]), &trust(&vectors))
                    .err()
                    .map(|error| error.reason())
            }
            operation => panic!("nobody runs the operation {operation}"),
        };
        if refusal != case["reason"].as_str() {
            wrong.push(format!(
                "{}: {refusal:?}, not {}",
                case["name"], case["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
