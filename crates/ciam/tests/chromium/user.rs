//! Whoever approves must have been there, and verified.

use crate::browser::Browser;
use crate::desk::{Desk, bank_at};
use crate::site::Site;
use serde_json::json;

const NOT_ALLOWED: &str = "NotAllowedError";

#[tokio::test]
async fn nothing_is_accepted_of_a_user_who_was_not_verified() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let mut desk = Desk::registered(&bank, &site.origin()).await;
    // The authenticator could verify the user, and the page does not ask for it.
    let discouraged = json!({"userVerification": "discouraged"});
    desk.assertions_are_refused("user_not_verified", discouraged.clone())
        .await;
    // The page asks, and the user fails.
    let failing = json!({"isUserVerified": false});
    desk.browser.set("setUserVerified", failing).await;
    let options = json!({
        "challenge": "AAAA",
        "relying_party": {"id": "localhost"},
        "timeout_ms": 60_000,
    });
    let thrown = desk.browser.ceremony("get", &options, &json!({})).await;
    assert!(thrown.unwrap_err().contains(NOT_ALLOWED));
    desk.assertions_are_refused("user_not_verified", discouraged)
        .await;
    // The page asks, and the authenticator answers all the same.
    desk.browser
        .set("setUserVerified", json!({"isUserVerified": true}))
        .await;
    for (fault, reason) in [
        ("isBadUV", "user_not_verified"),
        ("isBadUP", "user_not_present"),
        ("isBogusSignature", "signature_invalid"),
    ] {
        desk.browser
            .set("setResponseOverrideBits", json!({ fault: true }))
            .await;
        desk.assertions_are_refused(reason, json!({})).await;
    }
    desk.browser.set("setResponseOverrideBits", json!({})).await;
    desk.log_in(json!({})).await.unwrap();
    desk.order(json!({})).await.unwrap();
}

#[tokio::test]
async fn no_passkey_is_registered_for_a_user_who_was_not_verified() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let unverified = json!({"isUserVerified": false});
    let browser = Browser::at(&site.origin(), unverified).await;
    let mut desk = Desk::at(&bank, browser).await;
    let thrown = desk.make(json!({})).await.unwrap_err();
    assert!(thrown.contains(NOT_ALLOWED), "{thrown}");
    for (fault, reason) in [
        ("isBadUV", "user_not_verified"),
        ("isBadUP", "user_not_present"),
    ] {
        desk.browser = desk.browser.replace_authenticator(json!({})).await;
        desk.browser
            .set("setResponseOverrideBits", json!({ fault: true }))
            .await;
        desk.registration_is_refused(reason, json!({})).await;
    }
    // A key that the user only touches: it cannot verify anybody.
    let key = json!({"transport": "usb", "hasResidentKey": false, "hasUserVerification": false});
    desk.browser = desk.browser.replace_authenticator(key).await;
    let discouraged = json!({
        "authenticatorSelection": {"residentKey": "discouraged", "userVerification": "discouraged"},
    });
    desk.registration_is_refused("user_not_verified", discouraged)
        .await;
}
