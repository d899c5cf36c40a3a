//! Several people and several browsers: joint accounts, and a browser that another one lets in.

use super::customer::{add_authenticator, add_passkey, enrol, enrol_with, prepare, press, sign};
use super::person::Person;
use crate::bank::Bank;
use serde_json::json;

const MINE: &str = "2000000010";
const THEIRS: &str = "2000000020";

/// The number that the page shows in full size.
const NUMBER: &str = "document.querySelector('.number')?.textContent";

#[tokio::test]
async fn joint_holders_see_an_entry_at_the_same_moment() {
    let bank = Bank::sandbox("");
    let (one, other) = (Person::new().await, Person::new().await);
    let mine = enrol(&bank, &one, "1001").await;
    let theirs = enrol(&bank, &other, "1002").await;
    // The account becomes a joint one while both look.
    let holder = json!([{"account": MINE, "customer": "1002", "role": "authorised"}]);
    bank.load("holders", &holder);
    theirs.shows(MINE).await;
    bank.operate(&["post", MINE, "250.00", "--purpose", "Lunch with Ada"]);
    for page in [&mine, &theirs] {
        page.shows("Lunch with Ada").await;
    }
    let balance = format!(
        "[...document.querySelectorAll('.account')].find((row) => row.innerText.includes('{MINE}'))
            .querySelector('.money').innerText"
    );
    let balances = [
        mine.evaluate(&balance).await.unwrap(),
        theirs.evaluate(&balance).await.unwrap(),
    ];
    assert_eq!(balances[0], balances[1]);
}

#[tokio::test]
async fn a_second_browser_is_let_in_by_the_first_and_pays() {
    let bank = Bank::sandbox("");
    let (first_browser, second_browser) = (Person::new().await, Person::new().await);
    let (mut first, authenticator) = enrol_with(&bank, &first_browser, "1001").await;
    press(&first, "nav a[href='/security']").await;
    first.click("button", "Make a code").await;
    first.click("button", "Log in with your passkey").await;
    first.until("!document.querySelector('.failure')").await;
    first.click("button", "Make a code").await;
    let code =
        "[...document.querySelectorAll('.groups li')].map((group) => group.textContent).join('')";
    let code = first.until(code).await;

    let mut second = second_browser.browser().open().await;
    add_authenticator(&mut second).await;
    let link = format!("{}/welcome#1001.{}", bank.public, code.as_str().unwrap());
    second.visit(&link).await;
    second.click("button", "They are the same").await;
    second.click("button", "Use a passkey").await;
    let number = second.until(NUMBER).await;

    first.click("button", "Look for it").await;
    first
        .fill(
            "textbox",
            "The number that it shows",
            number.as_str().unwrap(),
        )
        .await;
    first.click("button", "Let it in").await;
    first.shows("No device waits.").await;
    second.click("button", "I have typed it").await;
    second.shows("Complete as of").await;
    second.shows(MINE).await;

    // The bank knows no passkey of it. The person has one on their phone, and adds one here.
    prepare(&second, THEIRS, "5.00", "From the second").await;
    sign(&second).await;
    let known = authenticator
        .call(&mut first, "getCredentials", json!({}))
        .await;
    let known = known.unwrap()["credentials"][0].take();
    add_passkey(&mut second, known).await;
    sign(&second).await;
    second
        .until("document.querySelector('h1').textContent === 'Done'")
        .await;
    press(&first, "nav a[href='/']").await;
    first.shows("A device was added").await;
}
