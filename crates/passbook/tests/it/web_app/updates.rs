//! Updates of the app: whole, and when the person takes them.

use super::bundle;
use super::customer::{enrol, press};
use super::person::{Person, stored, versions};
use crate::bank::Bank;
use testkit::chromium::Page;

const MARK: &str = "(document.querySelector('meta[name=mark]')?.content ?? '')";

/// Has the browser look for a newer version, and waits until it waits.
async fn update_waits(page: &Page) {
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)")
        .await
        .unwrap();
    page.until("passbook.updateWaits()").await;
}

/// The mark of the version that the page is of; the built one has none.
async fn mark(page: &Page) -> String {
    page.evaluate(MARK)
        .await
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// A bank whose servers start again with another version.
fn bank_with(mark: &str, bank: &mut Bank) {
    let directory = bank.path(mark);
    bundle::marked(mark, &directory);
    bank.serve_app(&directory);
}

#[tokio::test]
async fn an_update_is_taken_whole_and_only_when_a_page_says_so() {
    let mut bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = person.open(&bank, "/").await;
    stored(&page).await;
    bank_with("Another", &mut bank);

    page.evaluate("addEventListener('passbook-update', () => { window.heard = true; })")
        .await
        .unwrap();
    update_waits(&page).await;
    assert_eq!(page.evaluate("window.heard").await.unwrap(), true);
    // Neither opening the app again nor another tab takes it.
    page.reload().await;
    let other = person.open(&bank, "/help").await;
    for page in [&page, &other] {
        assert_eq!(mark(page).await, "");
        page.until("passbook.updateWaits()").await;
        assert_eq!(versions(page).await.len(), 2, "one runs, one waits");
    }

    page.evaluate("passbook.takeUpdate()").await.unwrap();
    page.until(&format!("{MARK} === 'Another'")).await;
    page.until("caches.keys().then((names) => names.length === 1)")
        .await;
    assert!(versions(&page).await[0].ends_with("-Another"));
    assert_eq!(
        page.evaluate("passbook.updateWaits()").await.unwrap(),
        false
    );
}

#[tokio::test]
async fn a_version_that_the_bank_requires_is_taken_when_nothing_is_in_the_middle() {
    let mut bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    stored(&page).await;
    press(&page, "nav a[href='/pay']").await;
    bank_with("Another", &mut bank);
    bank.set_public("web_app_required = true");
    update_waits(&page).await;
    page.until("passbook.updateIsRequired()").await;
    page.shows("A new version is ready").await;
    assert_eq!(mark(&page).await, "", "the person is paying");
    press(&page, "nav a[href='/']").await;
    page.until(&format!("{MARK} === 'Another'")).await;
    page.shows("Complete as of").await;
}

#[tokio::test]
async fn an_update_waits_until_no_page_is_open() {
    let mut bank = Bank::sandbox("");
    let mut person = Person::new().await;
    let page = person.open(&bank, "/").await;
    stored(&page).await;
    bank_with("Another", &mut bank);
    update_waits(&page).await;
    page.close().await;
    person.restart().await;
    let page = person.open(&bank, "/").await;
    assert_eq!(mark(&page).await, "Another");
    assert_eq!(versions(&page).await.len(), 1);
}

#[tokio::test]
async fn half_an_update_is_none() {
    let mut bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = person.open(&bank, "/").await;
    stored(&page).await;
    // The page is not the one that this version's service worker has the digest of.
    bank_with("Another", &mut bank);
    bank.stop();
    let index = bank.path("Another").join("identity/index.html");
    let mixed = std::fs::read_to_string(&index)
        .unwrap()
        .replace("Another", "A third");
    std::fs::write(index, mixed).unwrap();
    bank.start();
    person.expect("integrity");
    person.expect("Failed to fetch");
    let updated = "navigator.serviceWorker.ready.then((registration) => registration.update()).then((registration) => new Promise((ended) => {
        const coming = registration.installing;
        const look = () => { if (coming.state === 'redundant' || coming.state === 'installed') ended(coming.state); };
        coming.addEventListener('statechange', look);
        look();
    }))";
    assert_eq!(page.evaluate(updated).await.unwrap(), "redundant");
    let again = person.open(&bank, "/").await;
    assert_eq!(mark(&again).await, "");
}
