//! A device proves that it has the three keys that it names, in answer to a valid challenge.

use crate::bank::{Bank, MINUTE_MS};
use crate::phone::Phone;
use ciam::EnrolError;
use envelope::{Enrolment, Signer as _};
use protocol::http::{Challenge, EnrolmentRequest};
use types::{DeviceForm, DeviceId, ErrorCode, Nonce};

async fn refused(bank: &Bank, request: &EnrolmentRequest) -> (ErrorCode, Option<&'static str>) {
    match bank.ciam.enrol(request).await {
        Err(EnrolError::NotProven(cause)) => (ErrorCode::EnrolmentInvalid, Some(cause.reason())),
        Err(error) => (error.code(), None),
        Ok(answer) => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn a_device_that_lacks_a_key_is_refused_and_costs_the_code_no_try() {
    let bank = Bank::open().await;
    let (phone, thief, code) = (Phone::new(), Phone::new(), bank.code("1001").await);
    let before = bank.kept();
    let challenge = bank.ciam.challenge().unwrap();
    let enrolment = phone.enrolment(&challenge, "1001", &code);
    let by = |session, approval, agreement| {
        phone.signed_by(session, approval, agreement, &enrolment, &code)
    };
    let invalid = |reason| (ErrorCode::EnrolmentInvalid, Some(reason));
    for _ in 0..6 {
        let request = by(&thief.session, &phone.approval, &phone.agreement);
        assert_eq!(refused(&bank, &request).await, invalid("signature_invalid"));
        let request = by(&phone.session, &thief.approval, &phone.agreement);
        assert_eq!(refused(&bank, &request).await, invalid("signature_invalid"));
        let request = by(&phone.session, &phone.approval, &thief.agreement);
        assert_eq!(refused(&bank, &request).await, invalid("mac_invalid"));
    }
    assert_eq!(bank.kept(), before);
    let request = by(&phone.session, &phone.approval, &phone.agreement);
    bank.ciam.enrol(&request).await.unwrap();
}

#[tokio::test]
async fn both_signatures_are_over_the_same_enrolment() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let whole = phone.request(&challenge, "1001", &code);
    let elsewhere = Enrolment {
        device: DeviceId::at(bank.now(), [1; 10]),
        ..phone.enrolment(&challenge, "1001", &code)
    };
    let other = phone.signed_by(
        &phone.session,
        &phone.approval,
        &phone.agreement,
        &elsewhere,
        &code,
    );
    let mixed = EnrolmentRequest {
        approval: other.approval,
        ..whole
    };
    let answer = refused(&bank, &mixed).await;
    assert_eq!(
        answer,
        (
            ErrorCode::EnrolmentInvalid,
            Some("signed_another_enrolment")
        )
    );
}

/// An intercepted or stored signed enrolment allows one guess. With another code in its place it is not a guess at all.
#[tokio::test]
async fn one_signature_covers_one_code() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let wrong = "0000000000000000";
    let guess = phone.request(&challenge, "1001", wrong);
    let before = bank.kept();
    for other in [code.as_str(), "1111111111111111"] {
        let again = EnrolmentRequest {
            code: other.to_owned(),
            ..guess.clone()
        };
        let answer = refused(&bank, &again).await;
        let invalid = (ErrorCode::EnrolmentInvalid, Some("code_mac_invalid"));
        assert_eq!(answer, invalid);
    }
    assert_eq!(bank.kept(), before, "nothing was tried");
    assert_eq!(refused(&bank, &guess).await.0, ErrorCode::CodeInvalid);
    assert_ne!(bank.kept(), before, "the signed guess counts");
}

#[tokio::test]
async fn a_device_has_two_keys_that_sign() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let enrolment = Enrolment {
        approval: *phone.session.public_key(),
        ..phone.enrolment(&challenge, "1001", &code)
    };
    let (session, agreement) = (&phone.session, &phone.agreement);
    let request = phone.signed_by(session, session, agreement, &enrolment, &code);
    let answer = refused(&bank, &request).await;
    assert_eq!(
        answer,
        (ErrorCode::EnrolmentInvalid, Some("keys_do_not_differ"))
    );
}

/// The device signs its form, and readers of the statement get it.
#[tokio::test]
async fn a_device_statement_has_the_form_that_the_device_signed() {
    let bank = Bank::open().await;
    for form in [DeviceForm::App, DeviceForm::Browser] {
        let (phone, code) = (Phone::new(), bank.code("1001").await);
        let challenge = bank.ciam.challenge().unwrap();
        let enrolment = Enrolment {
            form,
            ..phone.enrolment(&challenge, "1001", &code)
        };
        let keys = (&phone.session, &phone.approval, &phone.agreement);
        let request = phone.signed_by(keys.0, keys.1, keys.2, &enrolment, &code);
        bank.ciam.enrol(&request).await.unwrap();
        let stated = bank.neighbour.statements().pop().unwrap();
        assert_eq!((stated.device, stated.form), (phone.device, form));
    }
}

#[tokio::test]
async fn any_altered_byte_is_detected_and_nothing_is_stored() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let whole = phone.request(&challenge, "1001", &code);
    let before = bank.kept();
    let parts: [fn(&mut EnrolmentRequest) -> &mut Vec<u8>; 3] = [
        |request| &mut request.session.0,
        |request| &mut request.approval.0,
        |request| &mut request.mac.0,
    ];
    for (index, part) in parts.iter().enumerate() {
        for position in 0..part(&mut whole.clone()).len() {
            let mut altered = whole.clone();
            part(&mut altered)[position] ^= 1;
            let answer = bank.ciam.enrol(&altered).await;
            let error = answer.expect_err(&format!("byte {position} of part {index}"));
            let known = matches!(
                error,
                EnrolError::NotProven(_) | EnrolError::ChallengeUnknown
            );
            assert!(known, "byte {position} of part {index}: {error}");
        }
    }
    assert_eq!(bank.kept(), before);
    assert_eq!(bank.neighbour.calls(), []);
    bank.ciam.enrol(&whole).await.unwrap();
}

#[tokio::test]
async fn only_issued_unanswered_challenges_are_accepted() {
    let mut bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let ours = phone.request(&challenge, "1001", &code);

    let invented = Challenge {
        nonce: Nonce::new([5; 16]),
        ..challenge.clone()
    };
    let request = phone.request(&invented, "1001", &code);
    let unknown = (ErrorCode::ChallengeUnknown, None);
    assert_eq!(refused(&bank, &request).await, unknown);

    let crossed = Challenge {
        nonce: bank.ciam.challenge().unwrap().nonce,
        ..challenge
    };
    let request = phone.request(&crossed, "1001", &code);
    let answer = refused(&bank, &request).await;
    assert_eq!(
        answer,
        (ErrorCode::EnrolmentInvalid, Some("another_ephemeral_key"))
    );

    bank.advance(5 * MINUTE_MS + 1);
    assert_eq!(refused(&bank, &ours).await, unknown);

    let before_restart = bank.ciam.challenge().unwrap();
    bank.restart().await;
    let request = phone.request(&before_restart, "1001", &code);
    bank.ciam.enrol(&request).await.unwrap();
}

#[tokio::test]
async fn no_device_can_evict_anothers_challenge() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    for _ in 0..20_000 {
        bank.ciam.challenge().unwrap();
    }
    let request = phone.request(&challenge, "1001", &code);
    bank.ciam.enrol(&request).await.unwrap();
}

#[tokio::test]
async fn a_correctly_answered_challenge_accepts_no_other_enrolment() {
    let bank = Bank::open().await;
    let (phone, other) = (Phone::new(), Phone::new());
    let (code, another) = (bank.code("1001").await, bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let wrong = phone.request(&challenge, "1001", "0000000000000000");
    assert_eq!(refused(&bank, &wrong).await, (ErrorCode::CodeInvalid, None));
    let right = phone.request(&challenge, "1001", &code);
    bank.ciam.enrol(&right).await.unwrap();
    let second = other.request(&challenge, "1001", &another);
    assert_eq!(
        refused(&bank, &second).await,
        (ErrorCode::ChallengeUnknown, None)
    );
    bank.ciam.enrol(&right).await.unwrap();
    bank.enrol(&other, "1001", &another).await.unwrap();
}
