//! A device proves that it holds the three keys that it names, in answer to a challenge that waits.

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
async fn whoever_lacks_one_of_the_keys_is_refused_and_costs_the_code_no_try() {
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
    let told = refused(&bank, &mixed).await;
    assert_eq!(
        told,
        (
            ErrorCode::EnrolmentInvalid,
            Some("signed_another_enrolment")
        )
    );
}

/// Who overheard or kept a signed enrolment has one guess with it: another code in its place is no guess at all.
#[tokio::test]
async fn one_signature_stands_for_one_code() {
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
        let told = refused(&bank, &again).await;
        let invalid = (ErrorCode::EnrolmentInvalid, Some("code_mac_invalid"));
        assert_eq!(told, invalid);
    }
    assert_eq!(bank.kept(), before, "nothing was tried");
    assert_eq!(refused(&bank, &guess).await.0, ErrorCode::CodeInvalid);
    assert_ne!(bank.kept(), before, "the guess that was signed counts");
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
    let told = refused(&bank, &request).await;
    assert_eq!(
        told,
        (ErrorCode::EnrolmentInvalid, Some("keys_do_not_differ"))
    );
}

/// The form is the device's own, and whoever relies on the statement is told it.
#[tokio::test]
async fn a_device_is_stated_with_the_form_that_it_signed() {
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
async fn any_altered_byte_is_noticed_and_nothing_is_kept() {
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
        for place in 0..part(&mut whole.clone()).len() {
            let mut altered = whole.clone();
            part(&mut altered)[place] ^= 1;
            let answer = bank.ciam.enrol(&altered).await;
            let error = answer.expect_err(&format!("byte {place} of part {index}"));
            let known = matches!(
                error,
                EnrolError::NotProven(_) | EnrolError::ChallengeUnknown
            );
            assert!(known, "byte {place} of part {index}: {error}");
        }
    }
    assert_eq!(bank.kept(), before);
    assert_eq!(bank.neighbour.calls(), []);
    bank.ciam.enrol(&whole).await.unwrap();
}

#[tokio::test]
async fn a_challenge_is_one_that_was_given_and_waits() {
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
    let told = refused(&bank, &request).await;
    assert_eq!(
        told,
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
async fn nobody_makes_the_bank_forget_the_challenge_of_another() {
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
async fn a_challenge_that_was_answered_rightly_is_good_for_nothing_else() {
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
