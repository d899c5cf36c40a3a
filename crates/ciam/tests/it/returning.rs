//! A device that comes back after its channel token has expired logs in again.

use crate::bank::{Bank, DAY_MS, ISSUER};
use crate::person::{Person, code, passkey};
use envelope::SoftwareKey;
use protocol::http::{BeginSession, LoginOptions, RenewedToken, SessionBegun};
use serde_json::{Value as Json, json};
use token::ChannelToken;
use types::{ChannelId, ErrorCode, Time};

const CHALLENGE: &str = "/v1/login/challenge";

/// A person whose device was away for so many days.
async fn away(bank: &Bank, days: u64) -> Person<'_> {
    let person = Person::enrolled(bank, "1001").await;
    person.register(&passkey(1)).await;
    bank.advance(days * DAY_MS);
    bank.ciam.ensure_keys().await.unwrap();
    person
}

/// Logs in with a token.
async fn log_in(person: &Person<'_>, token: &str) -> Result<SessionBegun, ErrorCode> {
    let options = person.ask(("POST", CHALLENGE), token, None).await;
    let options: LoginOptions = options.map_err(|refused| refused.code)?;
    let made = passkey(1).assert(options.challenge.as_ref()).unwrap();
    let body = BeginSession {
        assertion: made.into(),
    };
    let begun = person
        .post("/v1/login", token, serde_json::to_value(body).unwrap())
        .await;
    begun.map_err(|refused| refused.code)
}

#[tokio::test]
async fn a_device_whose_token_has_expired_gets_a_new_one_by_a_login() {
    for days in [40, 399] {
        let bank = Bank::open().await;
        let person = away(&bank, days).await;
        let expired = &person.channel_token;
        let renewed = person.ask::<Json>(("POST", "/v1/token"), expired, None);
        assert_eq!(code(&renewed.await), ErrorCode::TokenExpired);
        let begun = log_in(&person, expired).await.unwrap();
        let token = bank.verify(&begun.channel_token).unwrap();
        assert_eq!(token.device, person.phone.device);
        let renew = ("POST", "/v1/token");
        let renewed = person.ask::<RenewedToken>(renew, &begun.channel_token, None);
        renewed.await.unwrap();
    }
    let bank = Bank::open().await;
    let person = away(&bank, 400).await;
    let refused = log_in(&person, &person.channel_token).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EnrolmentExpired);
}

#[tokio::test]
async fn a_removed_device_does_not_come_back() {
    let bank = Bank::open().await;
    let person = away(&bank, 40).await;
    bank.ciam.revoke(person.phone.device).await.unwrap();
    let refused = log_in(&person, &person.channel_token).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::DeviceRevoked);
}

#[tokio::test]
async fn an_expired_token_is_good_for_its_own_key_and_for_a_login_only() {
    let bank = Bank::open().await;
    let person = away(&bank, 40).await;
    let thief = Person::enrolled(&bank, "1002").await;
    let expired = &person.channel_token;
    let stolen = log_in(&thief, expired).await;
    assert_eq!(stolen.unwrap_err(), ErrorCode::ProofInvalid);
    for (method, path) in [
        ("POST", "/v1/sessions/refresh"),
        ("POST", "/v1/passkeys/challenge"),
        ("GET", "/v1/sessions"),
        ("POST", "/v1/stop"),
    ] {
        let refused = person.ask::<Json>((method, path), expired, Some(json!({})));
        assert_eq!(code(&refused.await), ErrorCode::TokenExpired, "{path}");
    }
}

#[tokio::test]
async fn a_forged_token_logs_nobody_in_locks_nobody_and_opens_no_channel() {
    let bank = Bank::open().await;
    let person = away(&bank, 40).await;
    let thief = Person::enrolled(&bank, "1002").await;
    let forge = |token: ChannelToken| {
        let key = SoftwareKey::from_bytes(&[9; 32]).unwrap();
        token.sign(&key).unwrap()
    };
    let (own, now) = (bank.verify(&thief.channel_token).unwrap(), bank.now());
    let of_person = |expires: Time| ChannelToken {
        device: person.phone.device,
        issued: now.minus_ms(90 * DAY_MS),
        expires,
        ..own.clone()
    };
    let good = forge(of_person(now.plus_ms(DAY_MS)));
    let refused = log_in(&thief, &good).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::TokenInvalid);
    let expired = forge(of_person(now.minus_ms(DAY_MS)));
    for _ in 0..5 {
        let refused = log_in(&thief, &expired).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::TokenInvalid);
    }
    assert_eq!(bank.count("refused_login"), 0);

    // The device itself names another channel.
    let other = ChannelId::new([9; 16]);
    let forged = forge(ChannelToken {
        issuer: ISSUER.into(),
        session: person.phone.session_thumbprint(),
        channels: vec![other],
        ..of_person(now.minus_ms(DAY_MS))
    });
    let begun = log_in(&person, &forged).await.unwrap();
    let token = bank.verify(&begun.channel_token).unwrap();
    assert!(!token.channels.is_empty() && !token.channels.contains(&other));
}
