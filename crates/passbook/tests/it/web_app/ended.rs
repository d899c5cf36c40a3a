//! What ends a browser's way to the bank: its customer removes it, or stops everything.

use super::customer::{enrol, press};
use super::person::Person;
use crate::bank::Bank;
use testkit::chromium::Page;

const MINE: &str = "2000000010";

/// Whether the browser has keys of a device, without which nothing that it stores can be opened.
async fn has_keys(page: &Page) -> bool {
    let legible = page.legible().await;
    legible
        .iter()
        .any(|text| text.contains("extractable: false"))
}

/// Has the person remove everything, and waits until the browser begins anew.
async fn forgets(page: &Page) {
    assert!(has_keys(page).await);
    page.click("button", "Remove everything from this browser")
        .await;
    page.click("button", "Remove everything").await;
    page.shows("Activate this browser once.").await;
    assert!(!has_keys(page).await);
}

#[tokio::test]
async fn a_browser_that_another_one_removes_says_so_and_forgets() {
    let bank = Bank::sandbox("");
    let (one, lost) = (Person::new().await, Person::new().await);
    let keeps = enrol(&bank, &one, "1001").await;
    let removed = enrol(&bank, &lost, "1001").await;
    press(&removed, "nav a[href='/settings']").await;
    let device = removed
        .until("[...document.querySelectorAll('.facts dd')].at(-1)?.textContent")
        .await;
    press(&removed, "nav a[href='/']").await;

    press(&keeps, "nav a[href='/security']").await;
    press(
        &keeps,
        "section[aria-label='Your devices'] .answer > button",
    )
    .await;
    keeps.click("button", "Log in with your passkey").await;
    let remove = format!(
        "[...document.querySelectorAll('.item')].find((item) => item.innerText.includes('{}'))?.querySelector('button')",
        device.as_str().unwrap()
    );
    keeps.until(&format!("!!{remove}")).await;
    keeps.evaluate(&format!("{remove}.click()")).await.unwrap();
    press(&keeps, "dialog[open] button.primary").await;
    keeps.until(&format!("!{remove}")).await;

    removed.shows("This browser was removed").await;
    // It reads nothing new; what it knew stays, until the person has it removed.
    bank.operate(&["post", MINE, "7.00", "--purpose", "After it"]);
    keeps.shows("Security").await;
    press(&keeps, "nav a[href='/']").await;
    keeps.shows("After it").await;
    removed.shows(MINE).await;
    let newer = removed
        .evaluate("document.body.innerText.includes('After it')")
        .await;
    assert_eq!(newer.unwrap(), false);
    forgets(&removed).await;
}

#[tokio::test]
async fn whoever_stops_everything_is_told_so_on_all_browsers_and_begins_anew() {
    let bank = Bank::sandbox("");
    let (one, other) = (Person::new().await, Person::new().await);
    let presses = enrol(&bank, &one, "1001").await;
    let also = enrol(&bank, &other, "1001").await;
    press(&presses, "nav a[href='/security']").await;
    presses.click("button", "Stop everything").await;
    presses.click("button", "Yes, stop everything").await;
    for page in [&presses, &also] {
        page.shows("You stopped everything").await;
        page.shows("ask the bank to undo it").await;
    }
    forgets(&also).await;

    bank.operate(&["customer", "resume", "1001", "--reason", "called back"]);
    let again = enrol(&bank, &other, "1001").await;
    again.shows(MINE).await;
}
