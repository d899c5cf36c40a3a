//! Channel tokens: their content, their lifetime, and verification across the issuer's key rotation.

use crate::bank::{Bank, DAY_MS, ISSUER, MINUTE_MS, START};
use crate::phone::Phone;
use ciam::{Ciam, Failure, Neighbours, Settings};
use std::collections::HashSet;
use token::{ChannelToken, Jwks, TokenError};
use types::{ChannelId, PublicKey};

/// The key that signed the token.
fn signer(text: &str, jwks: &Jwks) -> PublicKey {
    let header = types::base64url::decode(text.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let kid = header["kid"].as_str().unwrap().parse().unwrap();
    *jwks.find(kid).unwrap()
}

#[tokio::test]
async fn a_token_is_valid_for_thirty_days_varied_by_a_tenth() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let mut lives = HashSet::new();
    for _ in 0..24 {
        let answer = bank.enrol(&phone, "1001", &code).await.unwrap();
        let token = bank.verify(&answer.channel_token).unwrap();
        assert_eq!(token.issued, START);
        let life_ms = token.expires.ms_since(token.issued);
        assert!((27 * DAY_MS - 1000..=33 * DAY_MS).contains(&life_ms));
        lives.insert(life_ms);
    }
    assert!(lives.len() > 20, "they do not all expire together");
}

#[tokio::test]
async fn the_subject_is_pairwise_and_never_the_customer_number() {
    let bank = Bank::open().await;
    let subject = |answer: &protocol::http::EnrolmentAnswer| {
        bank.verify(&answer.channel_token).unwrap().subject
    };
    let (_, one) = bank.enrolled("customer-1001").await;
    let (_, two) = bank.enrolled("customer-1001").await;
    let (_, other) = bank.enrolled("customer-1002").await;
    assert_eq!(subject(&one), subject(&two));
    assert_ne!(subject(&one), subject(&other));
    let payload = one.channel_token.split('.').nth(1).unwrap();
    let payload = String::from_utf8(types::base64url::decode(payload).unwrap()).unwrap();
    assert!(!payload.contains("1001"), "{payload}");

    // For another audience the same customer of the same bank has another subject.
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        audience: "another".into(),
        ..Settings::new(ISSUER)
    };
    let neighbours = Neighbours {
        vault: bank.vault.clone(),
        channels: bank.neighbour.clone(),
        grants: bank.neighbour.clone(),
        orders: bank.neighbour.clone(),
        customers: bank.neighbour.clone(),
        clients: bank.neighbour.clone(),
        login_provider: bank.neighbour.clone(),
        messages: bank.neighbour.clone(),
        staff_policy: bank.neighbour.clone(),
        clock: std::sync::Arc::new(|| START),
    };
    let path = directory.path().join("ciam.sqlite");
    let ciam = Ciam::open(crate::location(&path), settings, neighbours)
        .await
        .unwrap();
    bank.list(ciam.signing_keys(), START.plus_ms(DAY_MS)).await;
    let issued = ciam.issue_code(&"customer-1001".parse().unwrap()).await;
    let code = issued.unwrap().code;
    let challenge = ciam.challenge().unwrap();
    let request = Phone::new().request(&challenge, "customer-1001", code.expose());
    let elsewhere = ciam.enrol(&request).await.unwrap().channel_token;
    let jwks = ciam.jwks();
    let elsewhere = ChannelToken::verify(&elsewhere, ISSUER, "another", &jwks, START).unwrap();
    assert_ne!(elsewhere.subject, subject(&one));
}

#[tokio::test]
async fn tokens_verify_across_rotation_also_against_a_jwks_as_old_as_the_lead() {
    let mut bank = Bank::open().await;
    let (_, first) = bank.enrolled("1").await;
    let first_key = signer(&first.channel_token, &bank.ciam.jwks());
    assert_eq!(bank.ciam.jwks().keys(), [first_key]);

    // One lead before its start the next key is listed and does not sign.
    bank.advance(30 * DAY_MS - 10 * MINUTE_MS - 1);
    bank.ciam.ensure_keys().await.unwrap();
    assert_eq!(bank.ciam.jwks().keys(), [first_key]);
    bank.advance(1);
    bank.ciam.ensure_keys().await.unwrap();
    bank.ciam.ensure_keys().await.unwrap();
    bank.restart().await;
    let kept_by_an_edge = bank.ciam.jwks();
    assert_eq!(kept_by_an_edge.keys().len(), 2);
    bank.advance(10 * MINUTE_MS - 1);
    let (_, last) = bank.enrolled("2").await;
    assert_eq!(signer(&last.channel_token, &kept_by_an_edge), first_key);

    bank.advance(1);
    let (_, next) = bank.enrolled("3").await;
    let next_key = signer(&next.channel_token, &kept_by_an_edge);
    assert_ne!(next_key, first_key);
    for answer in [&last, &next] {
        bank.verify(&answer.channel_token).unwrap();
    }
    let verified = ChannelToken::verify(
        &next.channel_token,
        ISSUER,
        "passbook",
        &kept_by_an_edge,
        bank.now(),
    );
    verified.unwrap();

    // An earlier key stays while a token of it may be valid, and is then destroyed.
    bank.advance(33 * DAY_MS);
    bank.ciam.ensure_keys().await.unwrap();
    assert!(bank.ciam.jwks().find(first_key.kid()).is_some());
    bank.advance(1);
    bank.ciam.ensure_keys().await.unwrap();
    bank.restart().await;
    assert!(bank.ciam.jwks().find(first_key.kid()).is_none());
    assert!(bank.ciam.jwks().find(next_key.kid()).is_some());
    assert_eq!(bank.verify(&last.channel_token), Err(TokenError::Expired));
    let keys = "signing_key WHERE purpose = 'token'";
    assert_eq!(bank.count(keys), bank.ciam.jwks().keys().len());
}

#[tokio::test]
async fn a_service_that_missed_a_rotation_signs_with_the_old_key_for_one_lead() {
    let mut bank = Bank::open().await;
    let (_, first) = bank.enrolled("1").await;
    let first_key = signer(&first.channel_token, &bank.ciam.jwks());
    bank.advance(80 * DAY_MS);
    bank.restart().await;
    bank.list_keys().await;
    let (_, second) = bank.enrolled("2").await;
    assert_eq!(
        signer(&second.channel_token, &bank.ciam.jwks()),
        first_key,
        "edges have no newer key yet"
    );
    bank.advance(10 * MINUTE_MS);
    let (_, third) = bank.enrolled("3").await;
    assert_ne!(signer(&third.channel_token, &bank.ciam.jwks()), first_key);
    bank.verify(&second.channel_token).unwrap();
}

#[tokio::test]
async fn a_token_contains_sixteen_channels_at_most() {
    let global = |count: u8| Settings {
        global_channels: (0..count).map(|id| ChannelId::new([id; 16])).collect(),
        ..Settings::new(ISSUER)
    };
    let bank = Bank::with(global(15)).await;
    let (_, answer) = bank.enrolled("1001").await;
    let token = bank.verify(&answer.channel_token).unwrap();
    assert_eq!(token.channels.len(), 16);

    let neighbours = Neighbours {
        vault: bank.vault.clone(),
        channels: bank.neighbour.clone(),
        grants: bank.neighbour.clone(),
        orders: bank.neighbour.clone(),
        customers: bank.neighbour.clone(),
        clients: bank.neighbour.clone(),
        login_provider: bank.neighbour.clone(),
        messages: bank.neighbour.clone(),
        staff_policy: bank.neighbour.clone(),
        clock: std::sync::Arc::new(|| START),
    };
    let refused = Ciam::open(crate::location(&bank.path()), global(16), neighbours).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(
            refused,
            Failure::Settings {
                key: "global_channels",
                ..
            }
        ),
        "{refused}"
    );
}
