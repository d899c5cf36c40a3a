//! Passbook's app.

use super::{
    ENTRIES, FILTER, FILTERED, NEWEST, TRIALS, home, ms, pressed, purpose, remove, summary, time,
    typed,
};
use crate::bank::Bank;
use crate::web_app::bundle;
use crate::web_app::customer::enrol;
use crate::web_app::person::{Person, stored};
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use operator::{DataDirectory, Operator};
use protocol::http::PostTransaction;
use serde_json::{Map, Value, json};
use std::path::Path;
use testkit::chromium::Page;
use types::Money;

const CUSTOMER: &str = "1001";
const ACCOUNT: &str = "2000000010";

/// Postings at a time.
const POSTED_AT_ONCE: usize = 16;

/// Whether the home page shows the account's balance and the newest entry.
fn shows_home() -> String {
    format!(
        "document.querySelector('main .accounts .amount') && document.querySelector('main .rows')?.textContent.includes({NEWEST:?})"
    )
}

/// The same before the entries came: the account with its balance.
const SHOWS_ACCOUNTS: &str = "!!document.querySelector('main .accounts .amount')";

/// The app is not locked while it is measured.
const STAYS_OPEN: &str =
    "localStorage.setItem('passbook settings', JSON.stringify({lock_after_minutes: 600}))";

/// Whether the first of the account's entries has this text.
fn first_row(text: &str) -> String {
    format!("document.querySelector('.window .row')?.textContent.includes({text:?})")
}

/// What the app takes and weighs.
pub(super) async fn measured() -> Value {
    let mut bank = Bank::sandbox("");
    bank.serve_app(&bundle::built());
    let mut people = Vec::new();
    for _ in 0..TRIALS {
        let person = Person::new().await;
        person.expect("ERR_INTERNET_DISCONNECTED");
        let first = person.open(&bank, "/").await;
        first.evaluate(STAYS_OPEN).await.unwrap();
        first.close().await;
        let mut page = enrol(&bank, &person, CUSTOMER).await;
        stored(&page).await;
        page.visit("about:blank").await;
        people.push((person, page));
    }
    post(&bank).await;
    let (mut longest, mut rate, mut homes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut accounts, mut at_once, mut filters) = (Vec::new(), Vec::new(), Vec::new());
    for (person, mut page) in people {
        let (task, second) = caught_up(&bank, &mut page).await;
        longest.push(task);
        rate.push(second);
        person.browser().set_offline(true).await;
        time(&page, &shows_home()).await;
        homes.push(home(&mut page, &bank.public).await);
        at_once.push(opened(&page).await);
        page.evaluate("history.back()").await.unwrap();
        page.until(&shows_home()).await;
        accounts.push(opened(&page).await);
        filters.push(filtered(&page).await);
        // A page that is slowed down takes the processor even when it does nothing.
        page.close().await;
    }
    json!({
        "home_ms": summary(homes),
        "account_ms": summary(accounts),
        "account_at_once_ms": summary(at_once),
        "filter_ms": summary(filters),
        "longest_task_ms": summary(longest),
        "entries_a_second": summary(rate),
        "bytes": bytes(&bundle::built()),
    })
}

/// Posts the entries.
async fn post(bank: &Bank) {
    // Another test may have installed it.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let operator = Operator::new(
        &format!("http://{}", bank.operator),
        &DataDirectory::at(&bank.data()),
    )
    .unwrap();
    let post = async |number| {
        let transaction = PostTransaction {
            transaction: format!("speed-{number}").parse().unwrap(),
            account: ACCOUNT.parse().unwrap(),
            amount: Money::new(125, "CZK".parse().unwrap()),
            operation: "cash_deposit".to_owned(),
            date: None,
            purpose: Some(purpose(number)),
            counterparty_bank: None,
            counterparty_account: None,
        };
        operator.post(&transaction).await.unwrap();
    };
    let posted = iter(1..ENTRIES).map(&post).buffer_unordered(POSTED_AT_ONCE);
    posted.collect::<Vec<_>>().await;
    post(ENTRIES).await;
}

/// Opens the app, which has the entries to come: the longest task of the page's thread from the painted home page until the
/// newest entry is painted, or 50 ms if none was longer; and the entries a second between these two.
async fn caught_up(bank: &Bank, page: &mut Page) -> (f64, f64) {
    let script = time(page, SHOWS_ACCOUNTS).await;
    let before = home(page, &bank.public).await;
    let newest = shows_home();
    let caught_up = format!(
        "painting.of(() => {newest}).then((caught_up) => {{ painting.caught_up = caught_up; }}); true"
    );
    page.evaluate(&caught_up).await.unwrap();
    let caught_up = page.until("painting.caught_up").await;
    remove(page, script).await;
    let tasks = page.evaluate("painting.tasks").await.unwrap();
    let meanwhile = |task: &&Value| ms(&task[0]) >= before && ms(&task[0]) < ms(&caught_up);
    let tasks = tasks.as_array().unwrap().iter().filter(meanwhile);
    let longest = tasks.map(|task| ms(&task[1])).fold(50.0, f64::max);
    #[allow(clippy::as_conversions, reason = "a small number")]
    let entries = ENTRIES as f64;
    (longest, entries * 1000.0 / (ms(&caught_up) - before))
}

async fn opened(page: &Page) -> f64 {
    pressed(page, "main a[href='/accounts/1']", &first_row(NEWEST)).await
}

async fn filtered(page: &Page) -> f64 {
    typed(page, "#search", FILTER, &first_row(FILTERED)).await
}

/// What a first visit loads, compressed, by kind of file.
fn bytes(bundle: &Path) -> Value {
    let mut bytes = Map::new();
    let mut all = 0;
    let identity = bundle.join("identity");
    let mut add = |directory: &Path| {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let name = path.strip_prefix(&identity).unwrap();
            let compressed = std::fs::metadata(bundle.join("brotli").join(name));
            let file = compressed.unwrap_or_else(|_| std::fs::metadata(&path).unwrap());
            let kind = path.extension().unwrap().to_str().unwrap().to_owned();
            let of_kind = bytes.get(&kind).and_then(Value::as_u64).unwrap_or(0);
            bytes.insert(kind, json!(of_kind + file.len()));
            all += file.len();
        }
    };
    add(&identity);
    add(&identity.join("app"));
    bytes.insert("in_all".to_owned(), json!(all));
    Value::Object(bytes)
}
