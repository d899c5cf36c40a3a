//! A customer in the web app.

use super::person::Person;
use crate::bank::Bank;
use serde_json::{Value, json};
use testkit::chromium::{Authenticator, Page};

/// Opens the app with a link as the bank sends it, and enrols the browser with a passkey that unlocks and approves.
pub(crate) async fn enrol(bank: &Bank, person: &Person, customer: &str) -> Page {
    enrol_with(bank, person, customer).await.0
}

/// The same, with the authenticator that has the passkey.
pub(crate) async fn enrol_with(
    bank: &Bank,
    person: &Person,
    customer: &str,
) -> (Page, Authenticator) {
    let mut page = person.browser().open().await;
    let authenticator = add_authenticator(&mut page).await;
    let code = bank.code(customer);
    page.visit(&format!("{}/welcome#{customer}.{code}", bank.public))
        .await;
    page.click("button", "They are the same").await;
    page.click("button", "Use a passkey").await;
    page.shows("Complete as of").await;
    (page, authenticator)
}

/// Gives the page an authenticator that verifies its user, and whose passkeys can unlock.
pub(crate) async fn add_authenticator(page: &mut Page) -> Authenticator {
    let changes = json!({"hasPrf": true, "ctap2Version": "ctap2_1"});
    Authenticator::add(page, &changes).await.unwrap()
}

/// Fills in a payment to an account of the bank, as far as its review.
pub(crate) async fn prepare(page: &Page, account: &str, amount: &str, message: &str) {
    begin(page, account, amount, message).await;
    page.click("button", "Review").await;
    page.shows("You sign exactly this text.").await;
}

/// Fills in a payment to an account of the bank.
pub(crate) async fn begin(page: &Page, account: &str, amount: &str, message: &str) {
    press(page, "nav a[href='/pay']").await;
    choose(page, "select#to", "account").await;
    page.fill("textbox", "Account number", account).await;
    page.fill("textbox", "Amount", amount).await;
    page.fill("textbox", "Message to the payee (optional)", message)
        .await;
}

/// Signs what is reviewed, and sends it if there is a network.
pub(crate) async fn sign(page: &Page) {
    press(page, ".buttons button.primary").await;
}

/// Presses what the selector finds, once it is there.
pub(crate) async fn press(page: &Page, selector: &str) {
    let found = format!("document.querySelector({selector:?})");
    page.until(&format!("!!{found}")).await;
    page.evaluate(&format!("{found}.click()")).await.unwrap();
}

/// Gives the field that the selector finds a value that is chosen and not typed, as a person does.
pub(crate) async fn choose(page: &Page, selector: &str, value: &str) {
    let choose = format!(
        "(() => {{
            const field = document.querySelector({selector:?});
            if (!field) return false;
            field.value = {value:?};
            field.dispatchEvent(new Event('input', {{bubbles: true}}));
            field.dispatchEvent(new Event('change', {{bubbles: true}}));
            return field.value === {value:?};
        }})()"
    );
    page.until(&choose).await;
}

/// Adds the passkey for orders that a browser lacks: the person logs in with one that they have on their phone.
pub(crate) async fn add_passkey(page: &mut Page, of_phone: Value) {
    page.shows("Is this browser ready to sign?").await;
    let phone = Authenticator::add(page, &json!({"transport": "usb"})).await;
    let phone = phone.unwrap();
    let known = json!({ "credential": of_phone });
    phone.call(page, "addCredential", known).await.unwrap();
    let add = "Add a passkey for orders";
    page.click("button", add).await;
    page.click("button", "Log in with your passkey").await;
    page.until("document.querySelectorAll('.failure').length === 1")
        .await;
    phone.remove(page).await;
    page.click("button", add).await;
    page.shows("The passkey is added. Sign now.").await;
}
