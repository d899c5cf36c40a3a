//! The address on this machine at which a browser brings the login provider's answer (RFC 8252, 7.3).

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Html;
use client::ProviderVisit;
use std::time::Duration;
use terminal::{json_line, line};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The only path that is answered.
const PATH: &str = "/back";

/// How long the browser has to read what it is shown last.
const SHOWN_FOR: Duration = Duration::from_secs(2);

const PAGE: &str = "<!doctype html><title>Passbook</title><p>You can go back to the terminal.</p>";

/// A listener for one answer.
pub(crate) struct Redirect {
    listener: TcpListener,
    uri: String,
}

impl Redirect {
    /// Listens on `port` of this machine; 0 takes a free one.
    pub(crate) async fn open(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.with_context(|| format!("port {port} of this machine"))?;
        let uri = format!("http://{}{PATH}", listener.local_addr()?);
        Ok(Self { listener, uri })
    }

    pub(crate) fn uri(&self) -> String {
        self.uri.clone()
    }

    /// Shows where the person logs in, and waits until a browser brings the answer. What else comes is not the answer, and
    /// changes nothing.
    pub(crate) async fn visit(self, login: &ProviderVisit, json: bool) -> anyhow::Result<String> {
        let address = login.address();
        match json {
            true => json_line(&serde_json::json!({ "state": "waiting", "address": address }))?,
            false => line(format_args!(
                "Log in at the bank's login provider, with a browser on this machine:\n\n    {address}\n"
            ))?,
        }
        let (came, mut coming) = mpsc::channel(16);
        let router = Router::new().fallback(bring).with_state(came);
        let serving = tokio::spawn(axum::serve(self.listener, router).into_future());
        let answer = async {
            while let Some(query) = coming.recv().await {
                if login.is_answer(&query) {
                    return Some(query);
                }
            }
            None
        };
        let patience = Duration::from_millis(login.timeout_ms());
        let answer = tokio::time::timeout(patience, answer).await;
        let answer = answer.ok().flatten();
        if answer.is_some() {
            // The browser that brought the answer is still being answered.
            tokio::time::timeout(SHOWN_FOR, coming.recv()).await.ok();
        }
        serving.abort();
        answer.context("nobody logged in at the login provider in time")
    }
}

async fn bring(
    State(came): State<mpsc::Sender<String>>,
    uri: Uri,
) -> (StatusCode, Html<&'static str>) {
    if uri.path() != PATH {
        return (StatusCode::NOT_FOUND, Html(""));
    }
    let query = uri.query().unwrap_or_default().to_owned();
    // Whoever waited has gone, or is busy with what others send.
    came.try_send(query).ok();
    (StatusCode::OK, Html(PAGE))
}
