//! Browsers as they are: clocks that are wrong, stores that are emptied or full, tabs that are frozen or killed.

use super::customer::{add_authenticator, enrol, prepare, sign};
use super::person::{Person, stored};
use crate::bank::Bank;
use crate::bank_clock::system_clock;
use serde_json::json;
use testkit::chromium::Page;

const MINE: &str = "2000000010";
const THEIRS: &str = "2000000020";

const DAY_MS: i64 = 86_400_000;

async fn is_done(page: &Page) {
    page.until("document.querySelector('h1').textContent === 'Done'")
        .await;
}

#[tokio::test]
async fn a_wrong_clock_keeps_nobody_from_their_money() {
    let bank = Bank::sandbox("");
    for (customer, account, ahead_ms) in [("1001", MINE, -DAY_MS), ("1002", THEIRS, 365 * DAY_MS)] {
        let person = Person::new().await;
        person.browser().set_clock_ahead(ahead_ms).await;
        let mut page = enrol(&bank, &person, customer).await;
        let in_worker = person.browser().evaluate_in("worker", "Date.now()").await;
        for clock in [
            page.evaluate("Date.now()").await.unwrap(),
            in_worker[0].clone(),
        ] {
            let ahead_of_bank_ms =
                clock.as_i64().unwrap() - i64::try_from(system_clock()().ms()).unwrap();
            assert!((ahead_of_bank_ms - ahead_ms).abs() < DAY_MS / 24, "{clock}");
        }
        let purpose = format!("At {ahead_ms}");
        bank.operate(&["post", account, "1.00", "--purpose", &purpose]);
        page.shows(&purpose).await;
        page.reload().await;
        page.shows("Complete as of").await;
        prepare(&page, "2000000030", "3.00", "Whatever the time").await;
        sign(&page).await;
        is_done(&page).await;
    }
}

#[tokio::test]
async fn a_store_that_the_browser_emptied_is_explained() {
    let bank = Bank::sandbox("");
    let mut person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    stored(&page).await;
    // While it is open.
    let everything =
        json!({"origin": bank.public, "storageTypes": "indexeddb,cache_storage,service_workers"});
    page.call("Storage.clearDataForOrigin", everything.clone())
        .await
        .unwrap();
    bank.operate(&["post", MINE, "1.00", "--purpose", "Into nothing"]);
    page.shows("The browser has removed what this app stored.")
        .await;
    page.close().await;
    // From a cold start.
    person.restart().await;
    let page = person.open(&bank, "/").await;
    page.shows("The browser has removed what this app stored.")
        .await;
    page.shows("Activation code").await;
    page.close().await;
    let again = enrol(&bank, &person, "1001").await;
    again.shows("Into nothing").await;
}

#[tokio::test]
async fn a_full_store_is_explained_and_nothing_is_lost() {
    let bank = Bank::sandbox("");
    let mut person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;
    stored(&page).await;
    page.close().await;
    // A browser knows for a while how much room it had.
    person.restart().await;
    let mut page = person.browser().open().await;
    page.set_quota(&bank.public, Some(1)).await;
    page.visit(&bank.public).await;
    bank.operate(&["post", MINE, "1.00", "--purpose", "No room"]);
    page.shows("There is no room left on this device.").await;
    page.set_quota(&bank.public, None).await;
    page.reload().await;
    page.shows("No room").await;
    page.shows("Complete as of").await;
}

#[tokio::test]
async fn another_tab_leads_when_the_leader_is_frozen_or_killed() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let first = enrol(&bank, &person, "1001").await;
    let mut second = person.open(&bank, "/").await;
    add_authenticator(&mut second).await;
    second.shows("Complete as of").await;
    first.freeze().await;
    bank.operate(&["post", MINE, "1.00", "--purpose", "While frozen"]);
    second.shows("While frozen").await;
    first.thaw().await;
    first.shows("While frozen").await;
    bank.operate(&["post", MINE, "2.00", "--purpose", "After the thaw"]);
    first.shows("After the thaw").await;
    second.shows("After the thaw").await;

    second.crash().await;
    bank.operate(&["post", MINE, "3.00", "--purpose", "After the crash"]);
    first.shows("After the crash").await;
    prepare(&first, THEIRS, "4.00", "All the same").await;
    sign(&first).await;
    is_done(&first).await;
}
