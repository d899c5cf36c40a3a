//! The app's shell: how it is served, and that it opens without a network.

use super::bundle;
use super::person::{Person, loaded, stored, versions};
use crate::bank::{Bank, ask};

const HTML: &str = "Accept: text/html";

/// What is answered to a request with these headers: the head in lower case, and the body.
fn answer(bank: &Bank, request: &str, headers: &[&str]) -> (String, String) {
    let address = bank.public.strip_prefix("http://").unwrap();
    let answer = ask(address, request, headers, "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn files() -> Vec<String> {
    let app = bundle::built().join("identity/app");
    let names = std::fs::read_dir(app).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn it_runs_under_its_policy_and_loads_hashed_names_alone() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = person.open(&bank, "/welcome").await;
    page.until("document.body.innerText").await;
    stored(&page).await;
    let manifest = format!("{}/manifest.webmanifest", bank.public);
    for address in loaded(&page).await {
        if address == manifest {
            continue;
        }
        let name = address.strip_prefix(&format!("{}/app/", bank.public));
        let name = name.unwrap_or_else(|| panic!("{address} is loaded"));
        assert!(files().contains(&name.to_owned()), "{name}");
    }
    let (head, _) = answer(&bank, "GET /", &[HTML]);
    let policy = "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types passbook\r\n";
    for header in [
        policy,
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "cross-origin-opener-policy: same-origin\r\n",
        "permissions-policy: publickey-credentials-create=(self), publickey-credentials-get=(self), camera=()",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
}

#[test]
fn browsers_keep_what_never_changes_and_ask_for_the_rest() {
    let bank = Bank::sandbox("");
    for name in files() {
        let (head, _) = answer(&bank, &format!("HEAD /app/{name}"), &[]);
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert!(
            head.contains("cache-control: public, max-age=31536000, immutable\r\n"),
            "{head}"
        );
        assert!(head.contains("\r\ncontent-security-policy: "), "{head}");
    }
    for path in ["/", "/service-worker.js", "/manifest.webmanifest"] {
        let (head, _) = answer(&bank, &format!("HEAD {path}"), &[]);
        assert!(head.contains("cache-control: no-cache\r\n"), "{head}");
        assert!(head.contains("vary: accept, accept-encoding\r\n"), "{head}");
        let tag = |head: &str| {
            let tag = head.split("etag: ").nth(1).unwrap();
            tag.split("\r\n").next().unwrap().to_owned()
        };
        let known = format!("If-None-Match: {}", tag(&head));
        let (unchanged, body) = answer(&bank, &format!("GET {path}"), &[&known]);
        assert!(
            unchanged.starts_with("http/1.1 304 ") && body.is_empty(),
            "{unchanged}"
        );
        // What one form is known for says nothing of the other.
        let brotli = "Accept-Encoding: gzip, br;q=0.5";
        let (head, _) = answer(&bank, &format!("HEAD {path}"), &[brotli, &known]);
        assert!(
            head.starts_with("http/1.1 200 ") && head.contains("content-encoding: br\r\n"),
            "{head}"
        );
        assert_ne!(format!("If-None-Match: {}", tag(&head)), known);
        let refused = "Accept-Encoding: br;q=0, identity";
        let (head, _) = answer(&bank, &format!("HEAD {path}"), &[refused]);
        assert!(!head.contains("content-encoding"), "{head}");
    }
}

#[test]
fn the_app_has_every_page_but_the_servers() {
    let bank = Bank::sandbox("");
    let (_, page) = answer(&bank, "GET /", &[]);
    for path in [
        "/accounts/704",
        "/pay?to=704",
        "/help",
        "/welcome",
        "/what-is-this",
    ] {
        let (head, body) = answer(&bank, &format!("GET {path}"), &[HTML]);
        assert!(head.starts_with("http/1.1 200 "), "{path}: {head}");
        assert_eq!(body, page, "{path}");
    }
    for (request, headers) in [
        ("GET /v1/nothing", &[HTML][..]),
        ("GET /openid/nothing", &[HTML]),
        ("GET /app/nothing.js", &[HTML]),
        ("GET /.well-known/nothing", &[HTML]),
        ("GET /robots.txt", &["Accept: */*"]),
        ("POST /accounts/704", &[HTML]),
    ] {
        let (head, body) = answer(&bank, request, headers);
        assert!(head.starts_with("http/1.1 404 "), "{request}: {head}");
        assert!(
            head.contains("content-type: application/problem+json\r\n"),
            "{head}"
        );
        assert!(body.contains("\"code\":1004"), "{body}");
    }
}

/// The service worker leaves the servers' pages to them, as the servers do the app's.
#[test]
fn the_service_worker_knows_what_the_servers_answer() {
    let bank = Bank::sandbox("");
    let (_, worker) = answer(&bank, "GET /service-worker.js", &[]);
    let of_servers = worker.split("OF_SERVERS = ").nth(1).unwrap();
    let of_servers: Vec<String> =
        serde_json::from_str(of_servers.split(';').next().unwrap()).unwrap();
    let (_, document) = answer(&bank, "GET /openapi.json", &[]);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        let is_below = |start: &String| start.ends_with('/') && path.starts_with(start);
        let known = of_servers
            .iter()
            .any(|start| start == path || is_below(start));
        assert!(known, "static/service-worker.js lacks {path}");
    }
}

#[tokio::test]
async fn it_opens_from_a_cold_start_without_servers_and_without_a_network() {
    let mut bank = Bank::sandbox("");
    let mut person = Person::new().await;
    let page = person.open(&bank, "/").await;
    stored(&page).await;
    assert_eq!(versions(&page).await.len(), 1);
    page.close().await;
    person.restart().await;

    bank.kill();
    let page = person.open(&bank, "/accounts/704").await;
    page.until("document.body.innerText").await;
    // What the app asks the servers for, nobody answers.
    person.expect("ERR_CONNECTION_REFUSED");
    page.close().await;
    bank.start();

    person.expect("ERR_INTERNET_DISCONNECTED");
    person.browser().set_offline(true).await;
    let page = person.open(&bank, "/pay").await;
    page.until("document.body.innerText").await;
    let reached = page
        .evaluate("fetch('/readyz').then((answer) => answer.status)")
        .await;
    assert!(reached.is_err(), "{reached:?}");
    person.browser().set_offline(false).await;
    let reached = page
        .evaluate("fetch('/readyz').then((answer) => answer.status)")
        .await;
    assert_eq!(reached.unwrap(), 200);
}

#[tokio::test]
async fn a_bank_that_withdraws_it_is_forgotten_by_browsers() {
    let mut bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = person.open(&bank, "/").await;
    stored(&page).await;
    bank.set_public("web_app = false");
    // The stored version still opens, and asks for its successor, which takes its place and leaves nothing.
    person.expect("404");
    page.reload().await;
    page.until("document.body.innerText.includes('not_found')")
        .await;
    assert_eq!(versions(&page).await, Vec::<String>::new());
    let registered = "navigator.serviceWorker.getRegistrations().then((all) => all.length)";
    assert_eq!(page.evaluate(registered).await.unwrap(), 0);
}
