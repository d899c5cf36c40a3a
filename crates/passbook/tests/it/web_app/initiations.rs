//! What a customer does in the web app with payments that other apps prepared.

use super::customer::{add_passkey, enrol, press, sign};
use super::person::Person;
use crate::other_app::{App, bank_with_app, passkey_of};
use serde_json::{Value, json};
use std::path::Path;
use types::{base64url, hex};

/// An account of another customer.
const THEIRS: &str = "2000000020";

#[tokio::test]
async fn a_payment_that_another_app_prepared_is_approved_or_declined() {
    let with_app = bank_with_app(&["openid", "payments"], "").await;
    let bank = &with_app.bank;
    let (phone, _) = bank.enrol("1001", "phone");
    let app = App::permitted(bank, &phone, "openid payments").await;
    let person = Person::new().await;
    let mut page = enrol(bank, &person, "1001").await;
    let payment = |minor_units: u64| {
        json!({
            "amount": {"minor_units": minor_units, "currency": "CZK"},
            "creditor": {"scheme": "account", "identification": THEIRS},
            "reference": "invoice 7",
        })
    };
    let state = async |made: &Value| {
        let id = made["initiation"].as_str().unwrap();
        let path = format!("/v1/payment-initiations/{id}");
        app.get(&path, "", 200).await["state"].clone()
    };
    press(&page, "nav a[href='/orders']").await;
    let declined = app.initiate("one", &payment(700), 201).await;
    // It appears without a reload.
    page.shows("The app asks for this payment").await;
    page.click("button", "Decline").await;
    page.until("!document.body.innerText.includes('asks for this payment')")
        .await;
    assert_eq!(state(&declined).await, "declined");

    let approved = app.initiate("two", &payment(1_250), 201).await;
    page.shows("The app asks for this payment").await;
    page.click("button", "Review").await;
    page.shows("You sign exactly this text.").await;
    page.shows("12.50").await;
    sign(&page).await;
    // The customer's only passkey is the phone's.
    add_passkey(&mut page, credential(&phone)).await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    assert_eq!(state(&approved).await, "executed");
}

/// The passkey of a terminal device, as an authenticator of Chromium takes it.
fn credential(device: &Path) -> Value {
    let [key, credential] = passkey_of(device);
    // RFC 5958 with RFC 5915, for P-256, without the public key.
    let begin =
        hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
    // RFC 4648, 4.
    let encoded = |bytes: &[u8]| {
        let text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
        let padding = "=".repeat(text.len().next_multiple_of(4) - text.len());
        format!("{text}{padding}")
    };
    json!({
        "credentialId": encoded(&credential),
        "isResidentCredential": true,
        "rpId": "localhost",
        "privateKey": encoded(&[begin.unwrap(), key].concat()),
        "userHandle": encoded(b"1001"),
        "signCount": 0,
    })
}
