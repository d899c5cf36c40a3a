//! A person with a browser.

use crate::bank::{Bank, PATIENCE};
use serde_json::Value;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use testkit::chromium::{Browser, Page, Profile};

/// A person with a browser, whose complaints fail the test unless it expects them.
pub(crate) struct Person {
    profile: Profile,
    browser: Option<Browser>,
    expected: Mutex<Vec<String>>,
}

impl Person {
    /// Somebody whose browser has nothing yet.
    pub(crate) async fn new() -> Self {
        let profile = Profile::new();
        Self {
            browser: Some(Browser::start(&profile).await),
            profile,
            expected: Mutex::default(),
        }
    }

    pub(crate) fn browser(&self) -> &Browser {
        self.browser.as_ref().unwrap()
    }

    /// Opens a page of the app in a tab of its own.
    pub(crate) async fn open(&self, bank: &Bank, path: &str) -> Page {
        let mut page = self.browser().open().await;
        page.visit(&format!("{}{path}", bank.public)).await;
        page
    }

    /// Closes the browser, whose pages have gone, and starts it again: nothing of it is left but what it stored.
    pub(crate) async fn restart(&mut self) {
        self.check();
        self.browser.take().unwrap().close().await;
        self.browser = Some(Browser::start(&self.profile).await);
    }

    /// Complaints with this part are expected from now on.
    pub(crate) fn expect(&self, part: &str) {
        self.expected.lock().unwrap().push(part.to_owned());
    }

    /// Waits until the browser complains with this part.
    pub(crate) async fn complains(&self, part: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while !heard.iter().any(|text: &String| text.contains(part)) {
            assert!(
                Instant::now() < deadline,
                "no complaint of {part}: {heard:#?}"
            );
            heard.extend(self.browser().complaints());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Fails if the browser complained of anything unexpected.
    pub(crate) fn check(&self) {
        let expected = self.expected.lock().unwrap();
        let is_expected = |text: &String| expected.iter().any(|part| text.contains(part));
        let complaints = self.browser.iter().flat_map(Browser::complaints);
        let unexpected: Vec<_> = complaints.filter(|text| !is_expected(text)).collect();
        assert!(
            unexpected.is_empty(),
            "the browser complains: {unexpected:#?}"
        );
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// Waits until the app of `bank` is stored whole, and would open without a network.
pub(crate) async fn stored(page: &Page) {
    page.until("navigator.serviceWorker.ready.then((of) => of.active.state === 'activated')")
        .await;
    page.until("navigator.serviceWorker.controller !== null")
        .await;
}

/// The names of the versions that the browser has stored.
pub(crate) async fn versions(page: &Page) -> Vec<String> {
    let names = page.evaluate("caches.keys()").await.unwrap();
    let names = names.as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// The addresses and policies of everything that the page has loaded.
pub(crate) async fn loaded(page: &Page) -> Vec<String> {
    let loaded = "performance.getEntriesByType('resource').map((entry) => entry.name)";
    let loaded: Value = page.evaluate(loaded).await.unwrap();
    let loaded = loaded.as_array().unwrap().iter();
    loaded
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}
