//! The API document of a running bank, and the viewer in a real Chromium.

use crate::bank::{Bank, passbook};
use serde_json::{Value, json};
use testkit::chromium::Page;

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn it_is_served_and_printed() {
    let bank = Bank::sandbox("");
    let printed = passbook().arg("openapi").output().unwrap();
    assert!(printed.status.success());
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed["openapi"], "3.1.0");
    let served = bank.get("/openapi.json");
    assert!(served.starts_with("HTTP/1.1 200 "), "{served}");
    assert_eq!(
        serde_json::from_str::<Value>(body(&served)).unwrap(),
        printed
    );
}

#[test]
fn the_viewer_can_be_turned_off() {
    let mut bank = Bank::sandbox("");
    bank.stop();
    let configuration = std::fs::read_to_string(bank.configuration()).unwrap();
    let without = configuration.replace("[public]", "[public]\napi_viewer = false");
    std::fs::write(bank.configuration(), without).unwrap();
    bank.start();
    for path in ["/api/", "/api/swagger-ui.css"] {
        assert!(bank.get(path).starts_with("HTTP/1.1 404 "), "{path}");
    }
    assert!(bank.get("/openapi.json").starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn the_viewer_shows_the_routes_with_nothing_from_elsewhere() {
    let bank = Bank::sandbox("");
    let mut page = Page::open().await;
    let watch = "window.refused = [];
        addEventListener('securitypolicyviolation', (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));";
    page.call(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": watch }),
    )
    .await
    .unwrap();
    page.visit(&format!("{}/api", bank.public)).await;
    let shown = "new Promise((shown) => {
        const look = () => {
            const paths = [...document.querySelectorAll('.opblock-summary-path')];
            if (paths.length === 0) return setTimeout(look, 50);
            shown(paths.map((path) => path.dataset.path));
        };
        look();
    })";
    let paths = page.evaluate(shown).await.unwrap();
    let paths: Vec<_> = paths
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(paths.contains(&"/v1/devices/removals"), "{paths:?}");
    assert!(paths.len() > 60, "{}", paths.len());
    let opened = "new Promise((opened) => {
        document.querySelector('.opblock-summary-control').click();
        const look = () => document.querySelector('.responses-table') ? opened(true) : setTimeout(look, 50);
        look();
    })";
    assert_eq!(page.evaluate(opened).await.unwrap(), true);
    let refused = page.evaluate("window.refused").await.unwrap();
    assert_eq!(refused, json!([]));
    let origins = "[...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name).origin))]";
    let origins = page.evaluate(origins).await.unwrap();
    assert_eq!(origins, json!([bank.public]));
}
