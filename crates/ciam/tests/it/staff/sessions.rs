//! Logins of the staff, and what a stolen token is worth.

use super::desk::{Desk, three};
use crate::bank::{Bank, MINUTE_MS};
use crate::person::{Person, code, passkey};
use ciam::{LoginSettings, Settings, StaffSettings};
use protocol::http::Proposals;
use serde_json::{Value as Json, json};
use types::ErrorCode;

const PROPOSALS: (&str, &str) = ("GET", "/v1/staff/proposals");

#[tokio::test]
async fn a_stolen_token_is_worth_nothing_without_its_key() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let by_another = cyd.proof(PROPOSALS, &ben.token).await;
    let stolen = (ben.token.as_str(), by_another.as_str());
    let refused = cyd.ask_with::<Json>(PROPOSALS, stolen, None).await;
    assert_eq!(code(&refused), ErrorCode::ProofInvalid);
    let for_another = ben.proof(PROPOSALS, "another token").await;
    let with_another = (ben.token.as_str(), for_another.as_str());
    let refused = ben.ask_with::<Json>(PROPOSALS, with_another, None).await;
    assert_eq!(code(&refused), ErrorCode::ProofInvalid);
    let elsewhere = ben.proof(("GET", "/v1/staff/members"), &ben.token).await;
    let elsewhere = (ben.token.as_str(), elsewhere.as_str());
    let refused = ben.ask_with::<Json>(PROPOSALS, elsewhere, None).await;
    assert_eq!(code(&refused), ErrorCode::ProofInvalid);
    let own = ben.ask::<Proposals>(PROPOSALS, None).await;
    assert!(own.unwrap().proposals.is_empty());
}

#[tokio::test]
async fn a_proof_is_used_once() {
    let bank = Bank::open().await;
    let [_, ben, _] = three(&bank).await;
    let proof = ben.proof(PROPOSALS, &ben.token).await;
    let request = (ben.token.as_str(), proof.as_str());
    ben.ask_with::<Json>(PROPOSALS, request, None)
        .await
        .unwrap();
    let again = ben.ask_with::<Json>(PROPOSALS, request, None).await;
    assert_eq!(code(&again), ErrorCode::ProofReplayed);
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_by_the_key_that_asked() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let challenge = ben.challenge().await;
    let by_another = cyd.log_in_with(&ben.passkey, &challenge).await;
    assert_eq!(code(&by_another), ErrorCode::ChallengeUnknown);
    ben.log_in_with(&ben.passkey, &challenge).await.unwrap();
    let again = ben.log_in_with(&ben.passkey, &challenge).await;
    assert_eq!(code(&again), ErrorCode::ChallengeUnknown);
    let late = ben.challenge().await;
    bank.advance(5 * MINUTE_MS + 1);
    let late = ben.log_in_with(&ben.passkey, &late).await;
    assert_eq!(code(&late), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn a_session_ends_with_its_hour_and_with_the_next_login() {
    let settings = Settings {
        staff: StaffSettings {
            session_ms: 60 * MINUTE_MS,
            ..StaffSettings::default()
        },
        ..Settings::new(crate::bank::ISSUER)
    };
    let bank = Bank::with(settings).await;
    let [_, mut ben, _] = three(&bank).await;
    bank.advance(60 * MINUTE_MS - 1);
    ben.ask::<Json>(PROPOSALS, None).await.unwrap();
    bank.advance(1);
    let ended = ben.ask::<Json>(PROPOSALS, None).await;
    assert_eq!(code(&ended), ErrorCode::StaffSessionEnded);
    ben.log_in().await.unwrap();
    let former = ben.token.clone();
    ben.log_in().await.unwrap();
    ben.ask::<Json>(PROPOSALS, None).await.unwrap();
    let proof = ben.proof(PROPOSALS, &former).await;
    let ended = ben.ask_with::<Json>(PROPOSALS, (&former, &proof), None);
    assert_eq!(code(&ended.await), ErrorCode::StaffSessionEnded);
    ben.ask::<Json>(("POST", "/v1/staff/logout"), None)
        .await
        .unwrap();
    let ended = ben.ask::<Json>(PROPOSALS, None).await;
    assert_eq!(code(&ended), ErrorCode::StaffSessionEnded);
}

#[tokio::test]
async fn a_disabled_members_session_ends_at_once() {
    let bank = Bank::open().await;
    let [ada, mut ben, _] = three(&bank).await;
    ben.ask::<Json>(PROPOSALS, None).await.unwrap();
    let disable = json!({ "kind": "disable_staff", "staff": ben.staff });
    ada.act(disable).await.unwrap();
    let ended = ben.ask::<Json>(PROPOSALS, None).await;
    assert_eq!(code(&ended), ErrorCode::StaffSessionEnded);
    assert_eq!(code(&ben.log_in().await), ErrorCode::LoginRefused);
}

#[tokio::test]
async fn customers_and_staff_do_not_log_in_with_each_others_passkeys() {
    let bank = Bank::open().await;
    let [_, ben, _] = three(&bank).await;
    let person = Person::enrolled(&bank, "1001").await;
    let own = passkey(1);
    person.register(&own).await;
    let by_customers = ben.log_in_with(&own, &ben.challenge().await).await;
    assert_eq!(code(&by_customers), ErrorCode::LoginRefused);
    let by_staffs = person.log_in(&ben.passkey).await;
    assert_eq!(code(&by_staffs), ErrorCode::LoginRefused);
    let crossed = ben.passkey.assert(&person.login_challenge().await).unwrap();
    assert_eq!(
        code(&person.send_assertion(&crossed).await),
        ErrorCode::LoginRefused
    );
    let with_customers_challenge = person.login_challenge().await;
    let crossed = ben
        .log_in_with(&ben.passkey, &with_customers_challenge)
        .await;
    assert_eq!(code(&crossed), ErrorCode::ChallengeUnknown);
    person.log_in(&own).await.unwrap();
}

#[tokio::test]
async fn refused_logins_lock_the_member_and_nobody_else() {
    let login = LoginSettings {
        refused_max: 2,
        ..LoginSettings::default()
    };
    let bank = Bank::with_logins(login).await;
    let [_, mut ben, mut cyd] = three(&bank).await;
    let stranger = passkey(9);
    for _ in 0..2 {
        let refused = ben.log_in_with(&stranger, &ben.challenge().await).await;
        assert_eq!(code(&refused), ErrorCode::LoginRefused);
    }
    assert_eq!(code(&ben.log_in().await), ErrorCode::LoginLocked);
    cyd.log_in().await.unwrap();
    let nobody = Desk::new(&bank, 70);
    let refused = nobody
        .log_in_with(&stranger, &nobody.challenge().await)
        .await;
    assert_eq!(code(&refused), ErrorCode::LoginRefused);
    bank.advance(MINUTE_MS + 1);
    ben.log_in().await.unwrap();
    let refusals = bank.acts();
    let refusals = refusals
        .iter()
        .filter(|act| act.action == "staff_login.refused");
    assert_eq!(refusals.count(), 2);
}
