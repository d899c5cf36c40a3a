//! A login at the provider gives a new device a code that only this device can use.

use super::provider::OutsideProvider;
use super::visitor::{Visit, bank, bank_with};
use crate::bank::{Bank, DAY_MS, MINUTE_MS};
use crate::phone::Phone;
use ciam::{EnrolError, ProviderError, ProviderSettings};
use protocol::http::ProviderAnswer;
use serde_json::Value as Json;
use types::ErrorCode;

async fn visit(bank: &Bank, phone: &Phone) -> Visit {
    let login = bank.ciam.provider_enrolment(&phone.public_keys()[0]).await;
    Visit::new(login.unwrap())
}

async fn redeem(
    bank: &Bank,
    phone: &Phone,
    answer: &ProviderAnswer,
) -> Result<String, ProviderError> {
    let [session, ..] = phone.public_keys();
    let (_, code) = bank.ciam.code_from_provider(&session, answer).await?;
    assert!(code.expires <= bank.now().plus_ms(10 * MINUTE_MS));
    Ok(code.code.expose().to_owned())
}

/// The code for a phone whose person logs in as `customer`.
async fn code_for(
    (bank, provider): (&Bank, &OutsideProvider),
    phone: &Phone,
    customer: &str,
) -> Result<String, ProviderError> {
    let visit = visit(bank, phone).await;
    let given = provider.log_in(&visit.asked(), (customer, bank.now()), |_| {});
    redeem(bank, phone, &visit.answer(&given)).await
}

fn reasons(bank: &Bank) -> Vec<String> {
    let acts = bank.acts().into_iter();
    let refused = acts.filter(|act| act.action == "activation_code.refused");
    refused.map(|act| act.details["reason"].clone()).collect()
}

#[tokio::test]
async fn a_login_enrols_this_device_and_no_other() {
    let (bank, provider) = bank().await;
    let (phone, thief) = (Phone::new(), Phone::new());
    let code = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    let refused = bank.enrol(&thief, "1001", &code).await.unwrap_err();
    assert!(matches!(refused, EnrolError::CodeInvalid), "{refused:?}");
    // Nor with the thief's other keys beside the phone's session key, which the thief does not have.
    let answer = bank.enrol(&phone, "1001", &code).await.unwrap();
    let token = bank.verify(&answer.channel_token).unwrap();
    assert_eq!(token.device, phone.device);
    assert_eq!(token.session, phone.session_thumbprint());
    let used = bank.enrol(&phone, "1001", &code).await.unwrap();
    assert_eq!(used.device, phone.device, "asked again");
    let issued = bank.acts().into_iter();
    let issued = issued.filter(|act| act.action == "activation_code.issued");
    let actors: Vec<_> = issued.map(|act| act.actor).collect();
    assert_eq!(actors, ["login provider"]);
}

#[tokio::test]
async fn the_login_of_one_device_gives_no_other_a_code() {
    let (bank, provider) = bank().await;
    let (phone, thief) = (Phone::new(), Phone::new());
    let (own, stolen) = (visit(&bank, &thief).await, visit(&bank, &phone).await);
    let given = provider.log_in(&stolen.asked(), ("1001", bank.now()), |_| {});
    let refused = redeem(&bank, &thief, &stolen.answer(&given)).await;
    assert!(matches!(refused, Err(ProviderError::ChallengeUnknown)));
    let refused = redeem(&bank, &thief, &own.answer(&given)).await;
    assert!(matches!(refused, Err(ProviderError::Refused)));
    let mut with_stolen_verifier = own.answer(&given);
    with_stolen_verifier.code_verifier = stolen.verifier.clone();
    let refused = redeem(&bank, &thief, &with_stolen_verifier).await;
    assert!(matches!(refused, Err(ProviderError::Refused)));
    assert_eq!(
        reasons(&bank),
        ["another_nonce"],
        "no record of a refused code"
    );
    // The challenge of a login on an enrolled device is none of an enrolment.
    let login = bank.ciam.provider_login(phone.device).await.unwrap();
    let of_a_login = Visit::new(login);
    let given = provider.log_in(&of_a_login.asked(), ("1001", bank.now()), |_| {});
    let refused = redeem(&bank, &phone, &of_a_login.answer(&given)).await;
    assert!(matches!(refused, Err(ProviderError::ChallengeUnknown)));
    assert_eq!(bank.count("activation_code"), 0);
}

#[tokio::test]
async fn an_answer_gives_one_code_for_ten_minutes() {
    let (bank, provider) = bank().await;
    let phone = Phone::new();
    let visit = visit(&bank, &phone).await;
    provider.state().forgetful = true;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    let code = redeem(&bank, &phone, &visit.answer(&given)).await.unwrap();
    let replayed = redeem(&bank, &phone, &visit.answer(&given)).await;
    assert!(matches!(replayed, Err(ProviderError::ChallengeUnknown)));
    bank.advance(10 * MINUTE_MS + 1);
    let late = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert!(matches!(late, EnrolError::CodeExpired), "{late:?}");
}

#[tokio::test]
async fn a_device_whose_answer_was_lost_logs_in_again_and_is_the_same() {
    let (bank, provider) = bank().await;
    let phone = Phone::new();
    let code = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    let lost = bank.enrol(&phone, "1001", &code).await.unwrap();
    let again = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    let answer = bank.enrol(&phone, "1001", &again).await.unwrap();
    assert_eq!(answer.device, lost.device);
    assert_eq!(bank.count("device"), 1);
    assert_eq!(
        bank.neighbour.statements()[0],
        bank.neighbour.statements()[1]
    );
    // Its id with other keys is another device's.
    let stranger = Phone {
        device: phone.device,
        ..Phone::new()
    };
    let code = code_for((&bank, &provider), &stranger, "1001")
        .await
        .unwrap();
    let refused = bank.enrol(&stranger, "1001", &code).await.unwrap_err();
    assert!(matches!(refused, EnrolError::DeviceConflict), "{refused:?}");
    // And with the same keys it is no other customer's.
    let code = code_for((&bank, &provider), &phone, "1002").await.unwrap();
    let refused = bank.enrol(&phone, "1002", &code).await.unwrap_err();
    assert!(matches!(refused, EnrolError::DeviceConflict), "{refused:?}");
    // After a day it is not enrolled again.
    bank.advance(DAY_MS + 1);
    let code = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert!(matches!(refused, EnrolError::DeviceConflict), "{refused:?}");
}

#[tokio::test]
async fn a_revoked_device_does_not_come_back_by_a_login() {
    let (bank, provider) = bank().await;
    let phone = Phone::new();
    let code = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    bank.enrol(&phone, "1001", &code).await.unwrap();
    bank.ciam.revoke(phone.device).await.unwrap();
    let granted = bank.neighbour.statements().len();
    let code = code_for((&bank, &provider), &phone, "1001").await.unwrap();
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert!(matches!(refused, EnrolError::DeviceRevoked), "{refused:?}");
    assert_eq!(bank.neighbour.statements().len(), granted);
}

#[tokio::test]
async fn only_the_banks_customers_enrol_and_only_where_the_bank_wants_it() {
    let (bank, provider) = bank().await;
    let phone = Phone::new();
    let unknown = code_for((&bank, &provider), &phone, "nobody").await;
    assert!(matches!(unknown, Err(ProviderError::Refused)));
    let unnamed = visit(&bank, &phone).await;
    let without =
        |claims: &mut Json| drop(claims.as_object_mut().unwrap().remove("customer_number"));
    let given = provider.log_in(&unnamed.asked(), ("1001", bank.now()), without);
    let refused = redeem(&bank, &phone, &unnamed.answer(&given)).await;
    assert!(matches!(refused, Err(ProviderError::Refused)));
    assert_eq!(reasons(&bank), ["unknown_customer", "no_customer"]);
    bank.neighbour.state().core_bank_down = true;
    let refused = code_for((&bank, &provider), &phone, "1001")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Unavailable);
    bank.neighbour.state().core_bank_down = false;

    let (stopped, _) = bank.enrolled("1001").await;
    bank.ciam.stop_everything(stopped.device).await.unwrap();
    let refused = code_for((&bank, &provider), &phone, "1001")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::EnrolmentStopped);

    let (bank, _) = bank_with(ProviderSettings {
        enrols: false,
        ..OutsideProvider::settings()
    })
    .await;
    let refused = bank.ciam.provider_enrolment(&phone.public_keys()[0]).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotFound);
}
