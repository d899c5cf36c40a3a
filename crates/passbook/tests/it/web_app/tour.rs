//! A tour of the app in any language: every page, and the states that a customer meets on the way.

use super::customer::{add_authenticator, choose, press};
use super::person::{Person, stored};
use crate::bank::Bank;
use testkit::chromium::{Look, Page};

const HEADING: &str = "document.querySelector('h1')?.textContent";

/// Waits until the page has what the selector finds.
async fn has(page: &Page, selector: &str) {
    page.until(&format!("!!document.querySelector({selector:?})"))
        .await;
}

/// Shows a page from its place in the navigation, and waits until it has what the selector finds.
async fn go(page: &Page, path: &str, selector: &str) {
    let before = page.until(HEADING).await;
    press(page, &format!("nav a[href={path:?}]")).await;
    page.until(&format!("{HEADING} !== {before}")).await;
    has(page, selector).await;
}

/// Shows everything to `see`, under a name that is the same in all languages. The customer has no device yet.
pub(crate) async fn tour(
    bank: &Bank,
    person: &Person,
    (customer, account): (&str, &str),
    look: Look,
    see: impl AsyncFn(&Page, &str),
) {
    let mut page = person.browser().open().await;
    add_authenticator(&mut page).await;
    page.look(look).await;
    activate(bank, &mut page, customer, &see).await;
    bank.operate(&["post", account, "250.00", "--purpose", "Lunch with Ada"]);
    has(&page, ".row.fresh").await;
    see(&page, "home").await;
    read(&page, &see).await;
    let payee = match account {
        "2000000030" => "2000000020",
        _ => "2000000030",
    };
    pay(&page, payee, &see).await;
    arrange(&page, &see).await;
    let device = page
        .until("[...document.querySelectorAll('.facts dd')].at(-1)?.textContent")
        .await;
    let unknown =
        "history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))";
    page.evaluate(unknown).await.unwrap();
    has(&page, "main > .buttons a").await;
    see(&page, "unknown").await;

    person.expect("ERR_INTERNET_DISCONNECTED");
    stored(&page).await;
    person.browser().set_offline(true).await;
    page.reload().await;
    has(&page, "[data-connection=offline]").await;
    go(&page, "/", ".accounts .row").await;
    see(&page, "offline").await;
    person.browser().set_offline(false).await;
    has(&page, "[data-connection=live]").await;

    press(&page, ".tools .tool:last-child").await;
    has(&page, ".outside form").await;
    press(&page, "summary").await;
    see(&page, "locked").await;
    press(&page, "button.primary").await;
    has(&page, "[data-connection=live]").await;
    bank.operate(&["revoke", device.as_str().unwrap()]);
    has(&page, "[data-connection=ended]").await;
    see(&page, "revoked").await;
}

async fn activate(bank: &Bank, page: &mut Page, customer: &str, see: &impl AsyncFn(&Page, &str)) {
    page.visit(&format!("{}/welcome", bank.public)).await;
    has(page, "form").await;
    see(page, "welcome").await;
    press(page, "button.primary").await;
    has(page, "[aria-invalid=true]").await;
    see(page, "welcome-wrong").await;
    page.visit("about:blank").await;
    let code = bank.code(customer);
    page.visit(&format!("{}/welcome#{customer}.{code}", bank.public))
        .await;
    has(page, ".groups").await;
    see(page, "welcome-bank").await;
    press(page, "button.primary").await;
    has(page, "form").await;
    see(page, "welcome-lock").await;
    press(page, "form .buttons button:nth-child(2)").await;
    has(page, "input[type=password]").await;
    press(page, "button.primary").await;
    has(page, "[aria-invalid=true]").await;
    see(page, "welcome-password").await;
    press(page, "form .buttons button:last-child").await;
    has(page, ".groups").await;
    press(page, "button.primary").await;
    has(page, "form").await;
    press(page, "button.primary").await;
    has(page, "[data-connection=live]").await;
}

/// What is known: an account, a statement, an entry.
async fn read(page: &Page, see: &impl AsyncFn(&Page, &str)) {
    press(page, "a[href='/accounts/1']").await;
    has(page, ".window .row").await;
    has(page, ".chart").await;
    see(page, "account").await;
    press(page, "a[href^='/accounts/1/']").await;
    has(page, "table.statement").await;
    see(page, "statement").await;
    go(page, "/", ".accounts .row").await;
    press(page, "a[href^='/entries/']").await;
    has(page, ".facts").await;
    see(page, "entry").await;
}

/// A payment, one with mistakes, and one that is refused.
async fn pay(page: &Page, payee: &str, see: &impl AsyncFn(&Page, &str)) {
    go(page, "/pay", "select#to").await;
    see(page, "pay").await;
    press(page, "form button.primary").await;
    has(page, "[aria-invalid=true]").await;
    see(page, "pay-wrong").await;
    for (account, name) in [(payee, "done"), ("2999999999", "refused")] {
        go(page, "/", ".accounts .row").await;
        go(page, "/pay", "select#to").await;
        choose(page, "select#to", "account").await;
        choose(page, "#identification", account).await;
        choose(page, "#amount", "125").await;
        choose(page, "#reference", "Dinner").await;
        press(page, "form button.primary").await;
        has(page, "pre").await;
        see(page, "review").await;
        press(page, ".buttons button.primary").await;
        has(page, &format!(".state[data-state={name}]")).await;
        see(page, name).await;
    }
}

/// Orders, payees, security, settings and help.
async fn arrange(page: &Page, see: &impl AsyncFn(&Page, &str)) {
    go(page, "/orders", ".card").await;
    see(page, "orders").await;
    go(page, "/payees", "main summary").await;
    press(page, "main summary").await;
    see(page, "payees").await;
    go(page, "/security", ".sections").await;
    see(page, "security").await;
    security(page, see).await;
    go(page, "/help", ".notice").await;
    see(page, "help").await;
    go(page, "/settings", ".facts").await;
    see(page, "settings").await;
}

/// Everything of the page of security that a button shows.
async fn security(page: &Page, see: &impl AsyncFn(&Page, &str)) {
    press(page, "section.card:nth-child(3) .answer > button").await;
    has(page, "section.card:nth-child(3) .answer > p").await;
    see(page, "security-login").await;
    press(page, "section.card:nth-child(3) .answer > button").await;
    has(page, "section.card:nth-child(3) .item").await;
    for (section, shown) in [
        (1, "[role=status]"),
        (5, ".item"),
        (7, ".item"),
        (8, "form"),
        (9, ".empty"),
    ] {
        press(
            page,
            &format!("section.card:nth-child({section}) .answer > button"),
        )
        .await;
        has(page, &format!("section.card:nth-child({section}) {shown}")).await;
    }
    press(page, "section.card:nth-child(4) .buttons button").await;
    has(page, "section.card:nth-child(4) .groups").await;
    press(page, "section.card:nth-child(4) .answer > button").await;
    has(page, "section.card:nth-child(4) .empty").await;
    see(page, "security-shown").await;
    press(page, "section.card:nth-child(2) > button").await;
    has(page, "dialog[open]").await;
    see(page, "stop").await;
    press(page, "dialog[open] button:last-child").await;
    page.until("!document.querySelector('dialog[open]')").await;
}
