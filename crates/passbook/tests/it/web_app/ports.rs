//! The client's ports in a real browser: store, keys, vault and timers.

use super::person::Person;
use crate::bank::Bank;
use std::path::Path;

#[tokio::test]
async fn they_pass_their_suites() {
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bundle/suites");
    assert!(
        suites.exists(),
        "this test needs the page of the suites: `make suites`"
    );
    let mut bank = Bank::sandbox("");
    bank.serve_app(&suites);
    let person = Person::new().await;
    person.expect("favicon.ico");
    let page = person.open(&bank, "/").await;
    page.until("document.title !== 'running'").await;
    let result = page.evaluate("document.title").await.unwrap();
    assert_eq!(result, "passed");
}
