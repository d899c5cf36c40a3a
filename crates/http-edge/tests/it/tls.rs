//! A listener with a certificate. The one beside this file, with its key, was made for this test and is used nowhere else.

use axum::Router;
use axum::routing::get;
use http_edge::{EdgeError, Limits, Listener, TlsFiles};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use testkit::http_client_trusting;
use tokio::sync::watch;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/tls")
        .join(name)
}

fn files() -> TlsFiles {
    TlsFiles {
        certificate: file("certificate.pem"),
        private_key: file("private-key.pem"),
    }
}

async fn bind(files: &TlsFiles) -> Result<Listener, EdgeError> {
    // Any address: with a certificate it need not be a loopback one, which this is all the same.
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Listener::bind(address, Some(files), Limits::default()).await
}

#[tokio::test]
async fn tls_is_spoken_and_plain_http_is_not() {
    let listener = bind(&files()).await.unwrap();
    let address = listener.address().unwrap();
    let (_stop, stopping) = watch::channel(false);
    let router = Router::new().route("/", get(async || "sealed"));
    tokio::spawn(listener.serve(router, stopping));
    let certificate = std::fs::read(file("certificate.pem")).unwrap();
    let client = http_client_trusting(&certificate);
    let answer = client.get(format!("https://{address}/")).send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "sealed");
    let plain = client.get(format!("http://{address}/")).send().await;
    assert!(plain.is_err(), "{plain:?}");
    let stranger = testkit::http_client();
    let distrusted = stranger.get(format!("https://{address}/")).send().await;
    assert!(distrusted.is_err(), "nobody else vouches for it");
}

#[tokio::test]
async fn files_that_do_not_serve_are_named() {
    let missing = TlsFiles {
        certificate: file("nowhere.pem"),
        ..files()
    };
    let swapped = TlsFiles {
        private_key: file("certificate.pem"),
        ..files()
    };
    for (files, named) in [(missing, "nowhere.pem"), (swapped, "certificate.pem")] {
        let refused = bind(&files).await.err().unwrap();
        assert!(refused.to_string().contains(named), "{refused}");
    }
}
