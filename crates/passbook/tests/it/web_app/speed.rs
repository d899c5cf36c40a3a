//! `make bench-web`: how long the web app takes to paint what a person asked for, with 10,000 entries, and what it weighs. Beside
//! it Actual Budget's web app, with as many transactions, in the same run.
//!
//! Every time is measured in the page, from the navigation's or the event's own time to the frame after the one that shows the
//! awaited content. The page's processor is slowed down; Chromium slows no worker down.

mod actual;
mod ours;

use serde_json::{Value, json};
use testkit::chromium::Page;

/// How often each time is measured. The median is reported.
const TRIALS: usize = 9;

/// The entries of the account.
const ENTRIES: usize = 10_000;

/// By how much the page's processor is slower.
const SLOWER: u32 = 4;

/// The purpose of an entry by its number. One of ten has the only letter `q`, and the newest one has it not.
fn purpose(number: usize) -> String {
    match number % 10 {
        3 => format!("Bouquet {number}"),
        _ => format!("Lunch {number}"),
    }
}

/// The key of which one of ten entries has a letter.
const FILTER: &str = "q";

/// What the document shows of the newest entry, and of those that the filter finds.
const NEWEST: &str = "Lunch 10000";
const FILTERED: &str = "Bouquet";

#[tokio::test]
#[ignore = "it measures for minutes, and takes Actual Budget's app from a registry: `make bench-web`"]
async fn the_app_is_measured() {
    println!("{}", json!({"passbook": ours::measured().await}));
    println!("{}", json!({"actual": actual::measured().await}));
}

/// Has the page time itself from its next visit on. The time until `home` is true and painted will be `painting.home`. Returns
/// the script that does it.
async fn time(page: &Page, home: &str) -> Value {
    let script = format!(
        "{}\npainting.of(() => {home}).then((home) => {{ painting.home = home; }});",
        include_str!("speed/painting.js")
    );
    page.slow_down(SLOWER).await;
    let script = json!({"source": script});
    let added = page.call("Page.addScriptToEvaluateOnNewDocument", script);
    added.await.unwrap()
}

/// Has the page time itself no more.
async fn remove(page: &Page, script: Value) {
    let removed = page.call("Page.removeScriptToEvaluateOnNewDocument", script);
    removed.await.unwrap();
}

/// The time from a navigation to `url` to the painted home page.
async fn home(page: &mut Page, url: &str) -> f64 {
    page.visit("about:blank").await;
    page.visit(url).await;
    ms(&page.until("painting.home").await)
}

/// The time from a press on what the selector finds until `shows` is true and painted.
async fn pressed(page: &Page, selector: &str, shows: &str) -> f64 {
    page.until(&format!("!!document.querySelector({selector:?})"))
        .await;
    let press = format!(
        "painting.from('click', () => {shows}); document.querySelector({selector:?}).click()"
    );
    page.evaluate(&press).await.unwrap();
    ms(&page.until("painting.after").await)
}

/// The time from a key that is typed into what the selector finds until `shows` is true and painted.
async fn typed(page: &Page, selector: &str, key: &str, shows: &str) -> f64 {
    let focus = format!(
        "painting.from('keydown', () => {shows}); document.querySelector({selector:?}).focus()"
    );
    page.evaluate(&focus).await.unwrap();
    page.type_text(key).await;
    ms(&page.until("painting.after").await)
}

fn ms(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The median, the least and the most.
fn summary(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let of = |index: usize| values.get(index).map(|value| value.round());
    json!({"median": of(values.len() / 2), "least": of(0), "most": of(values.len() - 1)})
}
