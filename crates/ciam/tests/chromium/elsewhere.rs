//! What was made on another site, in a frame of another site, or for another relying party.

use crate::browser::Browser;
use crate::desk::{Desk, bank_at, bank_of};
use crate::site::Site;
use serde_json::json;
use webauthn::RelyingParty;

/// Two ports of one host share the relying party's id, and therefore the passkeys.
#[tokio::test]
async fn what_was_made_at_another_origin_or_in_its_frame_is_refused() {
    let (site, evil) = (Site::serve().await, Site::serve().await);
    let bank = bank_at(&site.origin()).await;
    let framed = format!("{}/?{}/", evil.origin(), site.origin());
    let mut desk = Desk::at(&bank, Browser::at(&evil.origin(), json!({})).await).await;
    desk.registration_is_refused("another_origin", json!({}))
        .await;
    desk.browser.page.visit(&framed).await;
    desk.browser.page.enter_frame().await;
    desk.registration_is_refused("cross_origin", json!({}))
        .await;

    desk.browser.page.visit(&site.origin()).await;
    desk.register(json!({})).await.unwrap();
    desk.browser.page.visit(&evil.origin()).await;
    desk.assertions_are_refused("another_origin", json!({}))
        .await;
    desk.browser.page.visit(&framed).await;
    desk.browser.page.enter_frame().await;
    desk.assertions_are_refused("cross_origin", json!({})).await;
    desk.browser.page.visit(&site.origin()).await;
    desk.log_in(json!({})).await.unwrap();
}

/// A page may choose any relying party that its host belongs to.
#[tokio::test]
async fn what_was_made_for_another_relying_party_is_refused() {
    let site = Site::serve().await;
    let origin = site.origin_at("pay.bank.localhost");
    let party = RelyingParty {
        id: "pay.bank.localhost".to_owned(),
        origin: origin.clone(),
    };
    let bank = bank_of(party).await;
    let mut desk = Desk::at(&bank, Browser::at(&origin, json!({})).await).await;
    let parent = json!({"rp": {"id": "bank.localhost", "name": "Passbook"}});
    desk.registration_is_refused("another_relying_party", parent)
        .await;
    let stranger = json!({"rp": {"id": "localhost.example", "name": "Passbook"}});
    let thrown = desk.make(stranger).await.unwrap_err();
    assert!(thrown.contains("SecurityError"), "{thrown}");
    desk.register(json!({})).await.unwrap();
    desk.log_in(json!({})).await.unwrap();
}
