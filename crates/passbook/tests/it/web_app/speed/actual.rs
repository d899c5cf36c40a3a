//! Actual Budget's app: `@actual-app/web`, which `make bench-web` fetches, with a budget of its own on this device and no server.

use super::{
    ENTRIES, FILTER, FILTERED, NEWEST, TRIALS, home, pressed, purpose, summary, time, typed,
};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use testkit::chromium::{Browser, Page, Profile};
use tokio::net::TcpListener;

/// The balance of its account, as it writes it.
const BALANCE: &str = "12,500.00";

/// The transactions that are added at a time, and those of one day.
const ADDED_AT_ONCE: usize = 500;
const ENTRIES_A_DAY: usize = 30;

/// Makes a budget with one account by the app's own means.
const MAKE: &str = include_str!("actual.js");

/// What the app takes and weighs.
pub(super) async fn measured() -> Value {
    let site = Site::serve().await;
    let browser = Browser::start(&Profile::new()).await;
    let mut page = browser.open().await;
    page.visit(&site.url).await;
    page.until("navigator.serviceWorker.ready.then((of) => of.active.state === 'activated')")
        .await;
    let bytes = site.bytes();
    make(&page).await;
    page.visit("about:blank").await;
    browser.set_offline(true).await;
    let shows_home = format!(
        "document.querySelector('#root')?.textContent.includes({BALANCE:?}) && !!document.querySelector('[data-testid=budget-table]')"
    );
    let shows = |text: &str| {
        format!(
            "document.querySelector('[data-testid=transaction-table] [data-testid=row]')?.textContent.includes({text:?})"
        )
    };
    time(&page, &shows_home).await;
    let (mut homes, mut accounts, mut filters) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        homes.push(home(&mut page, &site.url).await);
        accounts.push(
            pressed(
                &page,
                "a[href^='/accounts/']:not([href$='budget'])",
                &shows(NEWEST),
            )
            .await,
        );
        filters.push(typed(&page, "input[placeholder=Search]", FILTER, &shows(FILTERED)).await);
    }
    json!({
        "home_ms": summary(homes),
        "account_ms": summary(accounts),
        "filter_ms": summary(filters),
        "bytes": {"in_all": bytes},
    })
}

async fn make(page: &Page) {
    page.until("!!window.$send").await;
    page.evaluate(MAKE).await.unwrap();
    page.evaluate("budget.make()").await.unwrap();
    let numbers: Vec<usize> = (1..=ENTRIES).collect();
    for some in numbers.chunks(ADDED_AT_ONCE) {
        let entries = some.iter().map(|number| {
            let day = (ENTRIES - number) / ENTRIES_A_DAY;
            json!({"number": number, "notes": purpose(*number), "days_ago": day})
        });
        let entries = Value::Array(entries.collect());
        let added = page.evaluate(&format!("budget.add({entries})")).await;
        assert_eq!(added.unwrap(), some[some.len() - 1]);
    }
}

/// The app's files on this machine, served as its `_headers` asks: its core shares memory with its page.
struct Site {
    url: String,
    served: Arc<Served>,
}

struct Served {
    directory: PathBuf,
    /// The files that were asked for.
    asked: Mutex<BTreeSet<String>>,
}

impl Site {
    async fn serve() -> Self {
        let fetched = std::env::var_os("ACTUAL_WEB");
        let fetched = fetched.unwrap_or_else(|| panic!("`make bench-web` fetches it"));
        let served = Arc::new(Served {
            directory: Path::new(&fetched).join("build"),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://localhost:{}/",
            listener.local_addr().unwrap().port()
        );
        let routes = Router::new().fallback(file).with_state(served.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, served }
    }

    /// The bytes of everything that was asked for, each file once, compressed as well as Passbook's are.
    fn bytes(&self) -> usize {
        let asked = self.served.asked.lock().unwrap();
        let content = |name: &String| std::fs::read(self.served.directory.join(name)).unwrap();
        let contents = asked.iter().map(content);
        contents
            .map(|content| compressed(&content).len().min(content.len()))
            .sum()
    }
}

async fn file(State(served): State<Arc<Served>>, uri: Uri) -> Response {
    let name = match uri.path().trim_start_matches('/') {
        name if served.directory.join(name).is_file() => name,
        name if name.contains('.') => return StatusCode::NOT_FOUND.into_response(),
        _ => "index.html",
    };
    let content = std::fs::read(served.directory.join(name)).unwrap();
    served.asked.lock().unwrap().insert(name.to_owned());
    let kind = match name.rsplit_once('.') {
        Some((_, "html")) => "text/html",
        Some((_, "js")) => "text/javascript",
        Some((_, "css")) => "text/css",
        Some((_, "wasm")) => "application/wasm",
        Some((_, "json" | "webmanifest")) => "application/json",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        ("content-type", kind),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ];
    (headers, content).into_response()
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &params).unwrap();
    compressed
}
