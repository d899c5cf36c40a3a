//! A customer lets a new device in with one that they have, without the bank.

use crate::bank::Bank;
use crate::person::{Answered, Person, code as code_of, passkey};
use crate::phone::Phone;
use ciam::EnrolError;
use protocol::http::{DeviceAnswered, IssuedCode, WaitingDevices};
use serde_json::{Value as Json, json};
use types::{CustomerId, DeviceId, ErrorCode};

const CODES: (&str, &str) = ("POST", "/v1/devices/codes");
const MINUTE_MS: u64 = 60_000;

/// A person who is logged in, and the access token.
async fn logged_in(bank: &Bank) -> (Person<'_>, String) {
    let person = Person::enrolled(bank, "1001").await;
    person.register(&passkey(1)).await;
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    (person, access)
}

async fn made(person: &Person<'_>, access: &str) -> String {
    let issued: IssuedCode = person.ask(CODES, access, None).await.unwrap();
    assert_eq!(issued.customer.as_str(), "1001");
    issued.code
}

async fn waiting(person: &Person<'_>, access: &str) -> Vec<DeviceId> {
    let path = ("GET", "/v1/devices/waiting");
    let answer: WaitingDevices = person.ask(path, access, None).await.unwrap();
    answer.devices.iter().map(|one| one.device).collect()
}

async fn answer(
    person: &Person<'_>,
    access: &str,
    (device, number): (DeviceId, Option<String>),
) -> Answered<DeviceAnswered> {
    let body = match number {
        Some(number) => json!({ "device": device, "number": number }),
        None => json!({ "device": device }),
    };
    let path = "/v1/devices/waiting/answers";
    person.post(path, access, body).await
}

/// The number that a device shows.
fn number(bank: &Bank, phone: &Phone, code: &str) -> String {
    let challenge = bank.ciam.challenge().unwrap();
    let enrolment = phone.enrolment(&challenge, "1001", code);
    enrolment.comparison(&code.parse().unwrap()).to_string()
}

async fn refused(bank: &Bank, phone: &Phone, code: &str) -> ErrorCode {
    let enrolled = bank.enrol(phone, "1001", code).await;
    enrolled.map(drop).unwrap_err().code()
}

/// A code, and the device that gave it and was approved.
async fn approved(bank: &Bank, person: &Person<'_>, access: &str) -> (String, Phone) {
    let (code, phone) = (made(person, access).await, Phone::new());
    refused(bank, &phone, &code).await;
    let asked = (phone.device, Some(number(bank, &phone, &code)));
    answer(person, access, asked).await.unwrap();
    (code, phone)
}

#[tokio::test]
async fn a_device_waits_until_the_one_that_made_the_code_approves_it() {
    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let code = made(&person, &access).await;
    assert_eq!(waiting(&person, &access).await, []);
    let phone = Phone::new();
    for _ in 0..2 {
        let refused = refused(&bank, &phone, &code).await;
        assert_eq!(refused, ErrorCode::EnrolmentAwaited);
    }
    assert_eq!(bank.count("device"), 1);
    assert_eq!(waiting(&person, &access).await, [phone.device]);
    let number = number(&bank, &phone, &code);
    for _ in 0..2 {
        let asked = (phone.device, Some(number.clone()));
        let answered = answer(&person, &access, asked).await.unwrap();
        assert!(answered.approved);
    }
    assert_eq!(waiting(&person, &access).await, []);
    let enrolled = bank.enrol(&phone, "1001", &code).await.unwrap();
    assert_eq!(enrolled.device, phone.device);
    // A lost answer is given again, and the code enrols nobody else.
    bank.enrol(&phone, "1001", &code).await.unwrap();
    let late = refused(&bank, &Phone::new(), &code).await;
    assert_eq!(late, ErrorCode::CodeUsed);
    let records = bank.records();
    for action in ["activation_code.issued", "device.waits", "device.answered"] {
        let own = person.phone.device.to_string();
        let of_action = records.iter().map(|record| String::from_utf8_lossy(record));
        let of_action = of_action.filter(|record| record.contains(action));
        let by_device = of_action
            .filter(|record| record.contains(&own) || record.contains(&phone.device.to_string()));
        assert!(by_device.count() > 0, "{action}");
    }
}

#[tokio::test]
async fn whoever_gives_the_code_first_shows_another_number_and_is_refused() {
    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let code = made(&person, &access).await;
    let (thief, own) = (Phone::new(), Phone::new());
    let first = refused(&bank, &thief, &code).await;
    assert_eq!(first, ErrorCode::EnrolmentAwaited);
    assert_eq!(refused(&bank, &own, &code).await, ErrorCode::CodeUsed);
    let typed = number(&bank, &own, &code);
    let answered = answer(&person, &access, (thief.device, Some(typed))).await;
    assert_eq!(code_of(&answered), ErrorCode::ComparisonDiffers);
    assert_eq!(refused(&bank, &thief, &code).await, ErrorCode::CodeInvalid);
    assert_eq!(waiting(&person, &access).await, []);
    assert_eq!(bank.count("device"), 1);

    // The same id with other keys is another device, before and after the approval.
    let code = made(&person, &access).await;
    let twin = Phone {
        device: own.device,
        ..Phone::new()
    };
    assert_eq!(
        refused(&bank, &own, &code).await,
        ErrorCode::EnrolmentAwaited
    );
    assert_eq!(refused(&bank, &twin, &code).await, ErrorCode::CodeUsed);
    let right = (own.device, Some(number(&bank, &own, &code)));
    answer(&person, &access, right).await.unwrap();
    assert_eq!(refused(&bank, &twin, &code).await, ErrorCode::CodeUsed);
    bank.enrol(&own, "1001", &code).await.unwrap();
}

#[tokio::test]
async fn a_refused_device_and_a_late_one_are_not_enrolled() {
    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let (code, phone) = (made(&person, &access).await, Phone::new());
    refused(&bank, &phone, &code).await;
    let answered = answer(&person, &access, (phone.device, None)).await;
    assert!(!answered.unwrap().approved);
    assert_eq!(refused(&bank, &phone, &code).await, ErrorCode::CodeInvalid);

    // A newer code ends the one before.
    let former = made(&person, &access).await;
    let code = made(&person, &access).await;
    assert_eq!(
        refused(&bank, &phone, &former).await,
        ErrorCode::CodeInvalid
    );
    refused(&bank, &phone, &code).await;
    bank.advance(10 * MINUTE_MS + 1);
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    assert_eq!(waiting(&person, &access).await, []);
    let asked = (phone.device, Some(number(&bank, &phone, &code)));
    let late = answer(&person, &access, asked).await;
    assert_eq!(code_of(&late), ErrorCode::DeviceUnknown);
    assert_eq!(refused(&bank, &phone, &code).await, ErrorCode::CodeExpired);

    // What is approved must enrol in time, too.
    let code = made(&person, &access).await;
    refused(&bank, &phone, &code).await;
    let asked = (phone.device, Some(number(&bank, &phone, &code)));
    answer(&person, &access, asked).await.unwrap();
    bank.advance(10 * MINUTE_MS + 1);
    assert_eq!(refused(&bank, &phone, &code).await, ErrorCode::CodeExpired);
}

#[tokio::test]
async fn only_the_device_that_made_the_code_answers_with_a_recent_login() {
    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let other = Person::enrolled(&bank, "1001").await;
    let others = other.log_in(&passkey(1)).await.unwrap().access_token;
    let stranger = Person::enrolled(&bank, "1002").await;
    stranger.register(&passkey(2)).await;
    let strangers = stranger.log_in(&passkey(2)).await.unwrap().access_token;
    let (code, phone) = (made(&person, &access).await, Phone::new());
    refused(&bank, &phone, &code).await;
    let right = number(&bank, &phone, &code);
    for (whose, access) in [(&other, &others), (&stranger, &strangers)] {
        assert_eq!(waiting(whose, access).await, []);
        let asked = (phone.device, Some(right.clone()));
        let answered = answer(whose, access, asked).await;
        assert_eq!(code_of(&answered), ErrorCode::DeviceUnknown);
    }
    let by_token = person.ask::<Json>(CODES, &person.channel_token, None).await;
    assert_eq!(code_of(&by_token), ErrorCode::LoginRequired);

    let begun = person.log_in(&passkey(1)).await.unwrap();
    let (code, phone) = (made(&person, &begun.access_token).await, Phone::new());
    bank.advance(9 * MINUTE_MS);
    refused(&bank, &phone, &code).await;
    bank.advance(2 * MINUTE_MS);
    let refresh = json!({ "refresh_token": begun.refresh_token });
    let refreshed = person.post::<Json>("/v1/sessions/refresh", &person.channel_token, refresh);
    let access = refreshed.await.unwrap()["access_token"].clone();
    let access = access.as_str().unwrap();
    let late = person.ask::<Json>(CODES, access, None).await;
    assert_eq!(code_of(&late), ErrorCode::LoginRequired);
    let answered = answer(&person, access, (phone.device, None)).await;
    assert_eq!(code_of(&answered), ErrorCode::LoginRequired);
}

#[tokio::test]
async fn a_stop_and_a_removal_end_what_waits() {
    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let (code, phone) = approved(&bank, &person, &access).await;
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    let enrolled = bank.enrol(&phone, "1001", &code).await;
    assert!(
        matches!(enrolled, Err(EnrolError::CustomerStopped)),
        "{enrolled:?}"
    );

    let bank = Bank::open().await;
    let (person, access) = logged_in(&bank).await;
    let (code, phone) = approved(&bank, &person, &access).await;
    bank.ciam.revoke(person.phone.device).await.unwrap();
    assert_eq!(refused(&bank, &phone, &code).await, ErrorCode::CodeInvalid);
    // The bank's codes stay.
    let customer: CustomerId = "1001".parse().unwrap();
    let issued = bank.ciam.issue_code(&customer).await.unwrap();
    bank.enrol(&phone, "1001", issued.code.expose())
        .await
        .unwrap();
}
