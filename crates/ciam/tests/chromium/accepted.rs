//! From a passkey's registration to an order that it approves; and each answer serves once, for what it was made.

use crate::browser::Browser;
use crate::desk::{Desk, bank_at};
use crate::ordering;
use crate::person::code;
use crate::site::Site;
use protocol::http::PasskeyParty;
use serde_json::json;
use types::{ErrorCode, base64url};
use webauthn::BackupFlags;

#[tokio::test]
async fn a_browsers_passkey_registers_logs_in_and_approves_orders() {
    let site = Site::serve().await;
    let origin = site.origin();
    let bank = bank_at(&origin).await;
    let mut desk = Desk::at(&bank, Browser::at(&origin, json!({})).await).await;

    let made = desk.make(json!({})).await.unwrap();
    let token = desk.person.channel_token.clone();
    let row = desk.send(&token, &made).await.unwrap();
    assert_eq!((row.attestation.as_str(), row.used), ("none", None));
    assert_eq!(row.transports, ["internal"]);
    // The browser makes no second passkey on the same authenticator.
    let excluded = desk.make(json!({})).await.unwrap_err();
    assert!(excluded.contains("InvalidStateError"), "{excluded}");

    // The person chooses a passkey without having named themselves.
    let login = desk.answer_login(json!({})).await;
    let begun = desk.person.send_assertion(&login).await.unwrap();
    let listed = desk.listed(&begun.access_token).await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].used.is_some());
    let replayed = desk.person.send_assertion(&login).await;
    assert_eq!(code(&replayed), ErrorCode::ChallengeUnknown);

    let party = PasskeyParty {
        id: "localhost".to_owned(),
        origin,
    };
    let orders = [1, 2].map(|amount| ordering::signed(&desk.person, amount));
    let options = ordering::options(&orders[0], &party);
    let approved = desk.browser.ceremony("get", &options, &json!({})).await;
    let approval = crate::browser::assertion(&approved.unwrap());
    let verified = ordering::verify(&desk.person, &party, &orders[0], &approval).await;
    let not_backed_up = BackupFlags {
        eligible: false,
        backed_up: false,
    };
    assert_eq!(verified, Ok(not_backed_up));
    // It approves no other order, and logs nobody in; and a login approves no order.
    let verified = ordering::verify(&desk.person, &party, &orders[1], &approval).await;
    assert_eq!(verified, Err("another_challenge"));
    let verified = ordering::verify(&desk.person, &party, &orders[0], &login).await;
    assert_eq!(verified, Err("another_challenge"));
    let logged_in = desk.person.send_assertion(&approval).await;
    assert_eq!(code(&logged_in), ErrorCode::ChallengeUnknown);
    // Nor does what the browser made for a registration with the order's challenge.
    let create = json!({
        "challenge": base64url::encode(orders[1].challenge().as_bytes()),
        "user": {"id": "AAAA", "name": "another", "displayName": "another"},
        "excludeCredentials": [],
    });
    let made = desk.make(create).await.unwrap();
    let mut relabelled = approval.clone();
    relabelled.client_data_json = crate::browser::bytes(&made["response"]["clientDataJSON"]);
    let verified = ordering::verify(&desk.person, &party, &orders[1], &relabelled).await;
    assert_eq!(verified, Err("another_type"));
    let registered = desk.send(&token, &made).await;
    assert_eq!(code(&registered), ErrorCode::ChallengeUnknown);
}

/// What a browser sends with extensions: the authenticator data has their outputs.
#[tokio::test]
async fn extensions_and_makers_attestations_are_accepted() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let authenticator = json!({"ctap2Version": "ctap2_1", "hasCredBlob": true});
    let browser = Browser::at(&site.origin(), authenticator).await;
    let mut desk = Desk::at(&bank, browser).await;
    let change = json!({"attestation": "direct", "extensions": {"credBlob": "AAAA"}});
    let row = desk.register(change).await.unwrap();
    assert_eq!(row.attestation, "unverified");
    let with_output = json!({"extensions": {"getCredBlob": true}});
    let made = desk.answer_login(with_output.clone()).await;
    assert_eq!(made.authenticator_data[32], 0x85, "UP, UV and ED");
    desk.person.send_assertion(&made).await.unwrap();
    desk.order(with_output).await.unwrap();
}
