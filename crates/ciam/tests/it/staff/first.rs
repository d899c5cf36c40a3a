//! The first administrator, and what the operator's token does beside the staff.

use super::desk::{Desk, first, operate};
use crate::bank::{Bank, DAY_MS};
use crate::person::{code, passkey};
use ciam::reopen_staff;
use serde_json::{Value as Json, json};
use types::ErrorCode;

/// The acts on customers that the operator's token does as long as there is no staff.
const ON_CUSTOMERS: [(&str, &str); 7] = [
    ("activation-codes", r#"{"customer":"1001"}"#),
    ("revocations", r#"{"device":"DEVICE"}"#),
    ("unlocks", r#"{"customer":"1001","reason":"x"}"#),
    ("resumptions", r#"{"customer":"1001","reason":"x"}"#),
    ("calls", r#"{"customer":"1001","desk":"Cards","minutes":1}"#),
    ("calls/endings", r#"{"customer":"1001"}"#),
    ("erasures", r#"{"customer":"1001"}"#),
];

/// Has the operator's token do each act on customers. All are done, or refused with that code.
async fn operator_acts(bank: &Bank, refused: Option<ErrorCode>) {
    let device = match refused {
        None => bank.enrolled("1001").await.0.device.to_string(),
        Some(_) => "01a0c450-6c00-771e-ba65-f93a78ba897d".to_owned(),
    };
    for (path, body) in ON_CUSTOMERS {
        let body = body.replace("DEVICE", &device);
        let done = operate::<Json>(bank, path, serde_json::from_str(&body).unwrap()).await;
        assert_eq!(done.err().map(|refused| refused.code), refused, "{path}");
    }
}

#[tokio::test]
async fn the_operators_token_acts_on_customers_until_the_first_administrator_is_active() {
    let bank = Bank::open().await;
    operator_acts(&bank, None).await;
    let lost = first(&bank).await.unwrap();
    operator_acts(&bank, None).await;
    let issued = first(&bank).await.unwrap();
    let mut desk = Desk::new(&bank, 50);
    let refused = desk.activate(&lost.code).await;
    assert_eq!(
        code(&refused),
        ErrorCode::StaffCodeInvalid,
        "another one was made"
    );
    desk.activate(&issued.code).await.unwrap();
    operator_acts(&bank, Some(ErrorCode::StaffLoginNeeded)).await;
    assert_eq!(code(&first(&bank).await), ErrorCode::StaffExists);
    let again = desk.activate(&issued.code).await;
    assert_eq!(
        code(&again),
        ErrorCode::StaffCodeInvalid,
        "a code is used once"
    );
}

#[tokio::test]
async fn a_code_expires() {
    let bank = Bank::open().await;
    let issued = first(&bank).await.unwrap();
    let mut desk = Desk::new(&bank, 50);
    bank.advance(DAY_MS + 1);
    let late = desk.activate(&issued.code).await;
    assert_eq!(code(&late), ErrorCode::StaffCodeInvalid);
    let guessed = desk.activate("0000000000000000").await;
    assert_eq!(code(&guessed), ErrorCode::StaffCodeInvalid);
    let issued = first(&bank).await.unwrap();
    desk.activate(&issued.code).await.unwrap();
}

#[tokio::test]
async fn an_activation_is_of_the_key_that_asked_for_its_challenge() {
    let bank = Bank::open().await;
    let issued = first(&bank).await.unwrap();
    let mut desk = Desk::new(&bank, 50);
    let mut thief = Desk::new(&bank, 51);
    let body = desk.activation(&issued.code).await.unwrap();
    let stolen = thief.send_activation(body.clone()).await;
    assert_eq!(code(&stolen), ErrorCode::ChallengeUnknown);
    desk.passkey = passkey(60);
    desk.send_activation(body).await.unwrap();
}

#[tokio::test]
async fn a_bank_without_administrators_is_reopened_on_its_machine() {
    let mut bank = Bank::open().await;
    Desk::administrator(&bank).await;
    bank.ciam.close().await;
    let location = crate::location(&bank.path());
    let reopened = reopen_staff(location.clone(), "the key is lost", bank.now()).await;
    assert!(reopened.unwrap());
    assert!(!reopen_staff(location, "again", bank.now()).await.unwrap());
    bank.restart().await;
    let issued = first(&bank).await.unwrap();
    let mut desk = Desk::new(&bank, 51);
    desk.activate(&issued.code).await.unwrap();
    operator_acts(&bank, Some(ErrorCode::StaffLoginNeeded)).await;
    let acts = bank.acts();
    let reopened = acts
        .iter()
        .find(|act| act.action == "staff.reopened")
        .unwrap();
    assert_eq!(reopened.details["reason"], "the key is lost");
    let body = json!({ "kind": "unlock", "customer": "1001" });
    desk.log_in().await.unwrap();
    assert_eq!(code(&desk.act(body).await), ErrorCode::StaffForbidden);
}
