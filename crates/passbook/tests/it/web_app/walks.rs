//! What a customer does in the web app.

use super::customer::{begin, choose, enrol, prepare, press, sign};
use super::person::{Person, stored};
use crate::bank::Bank;

const MINE: &str = "2000000010";
const THEIRS: &str = "2000000020";

#[tokio::test]
async fn a_browser_is_enrolled_locked_and_unlocked_with_one_passkey() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = enrol(&bank, &person, "1001").await;
    page.shows("Your accounts").await;
    page.shows(MINE).await;
    let address = page.evaluate("location.href").await.unwrap();
    assert!(!address.as_str().unwrap().contains('#'), "{address}");

    // While it is open, a reload shows it again.
    page.reload().await;
    page.shows("Your accounts").await;
    page.shows("Complete as of").await;

    page.click("button", "Lock").await;
    page.until("!document.body.innerText.includes('Your accounts')")
        .await;
    page.reload().await;
    page.until("!document.body.innerText.includes('Your accounts')")
        .await;
    page.click("button", "Unlock with your passkey").await;
    page.shows("Your accounts").await;
    page.shows("Complete as of").await;
}

#[tokio::test]
async fn an_entry_appears_without_reload_and_survives_one() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = enrol(&bank, &person, "1001").await;
    bank.operate(&["post", MINE, "250.00", "--purpose", "Lunch with Ada"]);
    page.shows("Lunch with Ada").await;
    page.reload().await;
    page.shows("Lunch with Ada").await;
    press(&page, "a[href='/accounts/1']").await;
    page.shows("Month by month").await;
    page.fill("searchbox", "Search this account", "ada lunch")
        .await;
    page.shows("1 entry").await;
}

#[tokio::test]
async fn a_payment_is_reviewed_signed_and_arrives() {
    let bank = Bank::sandbox("");
    let (payer, payee) = (Person::new().await, Person::new().await);
    let from = enrol(&bank, &payer, "1001").await;
    let to = enrol(&bank, &payee, "1002").await;
    prepare(&from, THEIRS, "125.50", "Dinner").await;
    let text = "document.querySelector('pre').textContent";
    let text = from.evaluate(text).await.unwrap();
    assert_eq!(
        text,
        "Transfer\nAmount: 125.50 CZK\nAccount: 2000000020\nFrom: 2000000010\nReference: Dinner\nOn: at once"
    );
    sign(&from).await;
    from.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    to.shows("Dinner").await;
}

#[tokio::test]
async fn the_app_opens_and_pays_without_a_network() {
    let bank = Bank::sandbox("");
    let mut person = Person::new().await;
    // The browser says in its console that it has no network.
    person.expect("ERR_INTERNET_DISCONNECTED");
    let mut page = enrol(&bank, &person, "1001").await;
    stored(&page).await;
    person.browser().set_offline(true).await;
    page.reload().await;
    page.shows("Your accounts").await;
    prepare(&page, THEIRS, "17.00", "Offline").await;
    sign(&page).await;
    page.shows("It is sent as soon as there is a network").await;
    person.browser().set_offline(false).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;

    // A cold start.
    page.close().await;
    person.restart().await;
    person.browser().set_offline(true).await;
    let page = person.open(&bank, "/").await;
    page.shows("Your accounts").await;
    page.shows("Offline").await;
}

#[tokio::test]
async fn another_tab_leads_when_the_first_is_gone() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let first = enrol(&bank, &person, "1001").await;
    let second = person.open(&bank, "/").await;
    second.shows("Complete as of").await;
    bank.operate(&["post", MINE, "1.00", "--purpose", "To both"]);
    first.shows("To both").await;
    second.shows("To both").await;
    first.close().await;
    bank.operate(&["post", MINE, "2.00", "--purpose", "To the other"]);
    second.shows("To the other").await;
    // Locking is for all tabs.
    let third = person.open(&bank, "/").await;
    third.shows("To the other").await;
    third.click("button", "Lock").await;
    second
        .until("!document.body.innerText.includes('Your accounts')")
        .await;
}

#[tokio::test]
async fn servers_may_end_in_the_middle() {
    let mut bank = Bank::sandbox("");
    let person = Person::new().await;
    person.expect("ERR_CONNECTION_REFUSED");
    person.expect("ERR_INCOMPLETE_CHUNKED_ENCODING");
    person.expect("ERR_CONNECTION_RESET");
    person.expect("ERR_EMPTY_RESPONSE");
    let page = enrol(&bank, &person, "1001").await;
    bank.kill();
    prepare(&page, THEIRS, "3.00", "While it was down").await;
    sign(&page).await;
    page.shows("It is sent as soon as there is a network").await;
    bank.start();
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
}

#[tokio::test]
async fn nothing_legible_is_stored() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    stored(&page).await;
    bank.operate(&["post", MINE, "250.00", "--purpose", "Lunch with Ada"]);
    page.shows("Lunch with Ada").await;
    prepare(&page, THEIRS, "125.50", "Dinner").await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    let legible = page.legible().await;
    assert!(!legible.is_empty());
    for secret in [
        MINE, THEIRS, "1001", "Lunch", "Dinner", "125.50", "12550", "Pavel",
    ] {
        let found = legible.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{secret}: {found:?}");
    }
    let address = page.evaluate("location.href").await.unwrap();
    assert!(!address.as_str().unwrap().contains(THEIRS), "{address}");
}

#[tokio::test]
async fn an_order_is_cancelled_and_another_one_begun_from_its_result() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    begin(&page, THEIRS, "9.00", "For later").await;
    page.click("radio", "On a day").await;
    choose(&page, "input[type=date]", "2099-12-24").await;
    page.click("button", "Review").await;
    page.shows("You sign exactly this text.").await;
    sign(&page).await;
    page.shows("Scheduled for 2099-12-24").await;
    page.click("button", "Cancel this order").await;
    page.shows("Is everything right?").await;
    page.until("document.querySelector('pre').textContent.startsWith('Cancel')")
        .await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    page.click("button", "Another payment").await;
    page.until("document.querySelector('h1').textContent === 'Pay'")
        .await;
}

#[tokio::test]
async fn a_payee_is_added_and_removed() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    press(&page, "nav a[href='/payees']").await;
    press(&page, "main summary").await;
    page.fill("textbox", "Account number", THEIRS).await;
    page.fill("textbox", "Your own name for it (optional)", "Landlady")
        .await;
    page.click("button", "Review").await;
    page.shows("You sign exactly this text.").await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    press(&page, "nav a[href='/payees']").await;
    page.shows("Landlady").await;
    page.click("button", "Remove").await;
    page.shows("You sign exactly this text.").await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
    press(&page, "nav a[href='/payees']").await;
    page.until("!document.body.innerText.includes('Landlady')")
        .await;
}

#[tokio::test]
async fn a_refused_order_says_why_and_what_to_do() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    prepare(&page, "2999999999", "5.00", "Into the blue").await;
    sign(&page).await;
    page.until("document.querySelector('h1').textContent === 'Not executed'")
        .await;
    page.shows("The receiving account does not exist or is closed. Check the account number with the payee.")
        .await;
    page.find("button", "Order again").await;
    press(&page, "nav a[href='/orders']").await;
    page.shows("Finished").await;
    page.shows("The receiving account does not exist").await;
    // The balance is what it was, and the app says that nothing is under way.
    press(&page, "nav a[href='/']").await;
    page.shows("Complete as of").await;
    page.until("!document.querySelector('section[aria-label=\"Your accounts\"]').innerText.includes('Under way')")
        .await;
}

/// What the bank said of one account must not stand beside another.
#[tokio::test]
async fn a_checked_name_does_not_outlive_its_account() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    begin(&page, THEIRS, "9.00", "Rent").await;
    page.fill("textbox", "Name of the payee (optional)", "Klára Pokorný")
        .await;
    page.click("button", "Check the name with the bank").await;
    page.until("!!document.querySelector('.check')").await;
    page.fill("textbox", "Account number", "2000000030").await;
    page.until("!document.querySelector('.check')").await;
}
