//! A Chromium with several pages.

use crate::chromium::connection::Connection;
use crate::chromium::page::Page;
use crate::chromium::process::Profile;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A Chromium, whose pages, workers and service workers are watched: [`complaints`](Self::complaints).
#[derive(Debug)]
pub struct Browser(Arc<Connection>);

impl Browser {
    /// Starts a Chromium with what another kept in this profile.
    ///
    /// # Panics
    /// Where Chromium is not installed.
    pub async fn start(profile: &Profile) -> Self {
        let connection = Connection::start(profile);
        connection
            .call(None, "Target.setAutoAttach", attaching("service_worker"))
            .await
            .unwrap();
        Self(Arc::new(connection))
    }

    /// Opens an empty page in a tab of its own.
    pub async fn open(&self) -> Page {
        let page = Page::in_browser(self.0.clone()).await;
        self.0.watch(page.session()).await;
        page.call("Target.setAutoAttach", attaching("worker"))
            .await
            .unwrap();
        page
    }

    /// What pages and workers complained of since the last call: errors in the console, uncaught exceptions, and what the
    /// browser refused, as against a content security policy.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.0.take_complaints()
    }

    /// Takes the network away from pages, workers and service workers, or gives it back.
    pub async fn set_offline(&self, offline: bool) {
        self.0.set_offline(offline).await;
    }

    /// Puts the clocks of pages and workers that begin from now on ahead of this machine's by so many milliseconds.
    pub async fn set_clock_ahead(&self, ms: i64) {
        let script = format!(
            "(() => {{
                const Machine = Date;
                globalThis.Date = class extends Machine {{
                    constructor(...given) {{
                        if (given.length) super(...given);
                        else super(Machine.now() + {ms});
                    }}
                    static now() {{
                        return Machine.now() + {ms};
                    }}
                }};
            }})()"
        );
        self.0.run_first(&script).await;
    }

    /// Ends the dedicated workers of all pages in the middle of whatever they do, and returns how many there were.
    pub async fn kill_workers(&self) -> usize {
        let workers = self.0.sessions("worker");
        for session in &workers {
            let params = json!({"expression": "self.close()"});
            self.0
                .call(Some(session), "Runtime.evaluate", params)
                .await
                .ok();
        }
        workers.len()
    }

    /// The values of an expression in the workers of this type: `worker`, `service_worker`.
    pub async fn evaluate_in(&self, kind: &str, expression: &str) -> Vec<Json> {
        let mut values = Vec::new();
        for session in self.0.sessions(kind) {
            let params =
                json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
            if let Ok(answer) = self
                .0
                .call(Some(&session), "Runtime.evaluate", params)
                .await
            {
                values.push(answer["result"]["value"].clone());
            }
        }
        values
    }

    /// Ends Chromium as a person does, who closes its windows. Its pages must have gone before.
    pub async fn close(self) {
        let connection = Arc::into_inner(self.0).expect("no page is open");
        connection.close().await;
    }
}

/// Every target of this type is attached to, and waits until it is watched.
fn attaching(kind: &str) -> Json {
    json!({
        "autoAttach": true,
        "waitForDebuggerOnStart": true,
        "flatten": true,
        "filter": [{"type": kind, "exclude": false}, {"exclude": true}],
    })
}
