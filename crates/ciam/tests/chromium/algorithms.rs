//! A passkey has one of the algorithms that ciam offers, and the preferred one if the authenticator has it.

use crate::browser::Browser;
use crate::desk::{Desk, bank_at};
use crate::site::Site;
use serde_json::{Value as Json, json};

fn only(algorithm: i64) -> Json {
    json!({"pubKeyCredParams": [{"type": "public-key", "alg": algorithm}]})
}

#[tokio::test]
async fn passkeys_of_each_algorithm_log_in_and_approve_orders() {
    let site = Site::serve().await;
    let mut browser = Browser::at(&site.origin(), json!({})).await;
    // Without a choice of the page's: ES256, which ciam names first.
    for (change, algorithm) in [
        (json!({}), -7),
        (only(-7), -7),
        (only(-8), -8),
        (only(-257), -257),
    ] {
        let bank = bank_at(&site.origin()).await;
        browser = browser.replace_authenticator(json!({})).await;
        let mut desk = Desk::at(&bank, browser).await;
        let made = desk.make(change.clone()).await.unwrap();
        assert_eq!(made["response"]["publicKeyAlgorithm"], algorithm);
        desk.browser = desk.browser.replace_authenticator(json!({})).await;
        desk.register(change).await.unwrap();
        desk.log_in(json!({})).await.unwrap();
        desk.order(json!({})).await.unwrap();
        browser = desk.browser;
    }
}

/// ML-DSA-44, which Chromium's authenticator has, and ciam does not offer.
#[tokio::test]
async fn a_passkey_of_another_algorithm_is_refused() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let mut desk = Desk::at(&bank, Browser::at(&site.origin(), json!({})).await).await;
    desk.registration_is_refused("algorithm_not_allowed", only(-48))
        .await;
    // ES384, which it does not have.
    let thrown = desk.make(only(-35)).await.unwrap_err();
    assert!(thrown.contains("NotAllowedError"), "{thrown}");
}
