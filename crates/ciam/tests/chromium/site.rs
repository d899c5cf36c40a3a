//! A server of empty pages on a port of this machine, which are of one origin for each of its names. A page with a query
//! shows the page at that address in a frame. `/onward` sends the browser on to another of the names.

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;
use http::Uri;
use tokio::net::TcpListener;

/// The name to which `/onward` sends the browser.
pub(crate) const ONWARD: &str = "onward.localhost";

pub(crate) struct Site {
    port: u16,
}

async fn page(uri: Uri) -> Html<String> {
    let frame = uri.query().map(|address| {
        let allowed = "publickey-credentials-create *; publickey-credentials-get *";
        format!(r#"<iframe src="{address}" allow="{allowed}"></iframe>"#)
    });
    Html(format!("<!doctype html>{}", frame.unwrap_or_default()))
}

impl Site {
    pub(crate) async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let onward =
            move || async move { Redirect::to(&format!("http://{ONWARD}:{port}/arrived")) };
        let router = Router::new().route("/onward", get(onward)).fallback(page);
        let served = axum::serve(listener, router);
        tokio::spawn(async { served.await.unwrap() });
        Self { port }
    }

    pub(crate) fn origin(&self) -> String {
        self.origin_at("localhost")
    }

    /// The origin of the same pages under another name of this machine.
    pub(crate) fn origin_at(&self, name: &str) -> String {
        format!("http://{name}:{}", self.port)
    }
}
