//! A listener with a certificate. Those beside this file, with their keys, were made for tests and are used nowhere else.

use axum::Router;
use axum::routing::get;
use http_edge::{EdgeError, Limits, Listener, TlsFiles};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use testkit::http_client_trusting;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

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
    bind_with(files, Limits::default()).await
}

async fn bind_with(files: &TlsFiles, limits: Limits) -> Result<Listener, EdgeError> {
    // Any address: with a certificate it need not be a loopback one, which this is all the same.
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Listener::bind(address, Some(files), limits).await
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
async fn plain_http_is_sent_to_https_before_anything_else_runs() {
    let listener = bind(&files()).await.unwrap();
    let address = listener.address().unwrap();
    let listener = listener.forcing_https("https://bank.example");
    let (_stop, stopping) = watch::channel(false);
    let ran = Arc::new(AtomicU64::new(0));
    let running = ran.clone();
    let router = Router::new().fallback(async move || {
        running.fetch_add(1, Ordering::SeqCst);
        "sealed"
    });
    tokio::spawn(listener.serve(router, stopping));
    let plain = testkit::http_client_without_redirects();
    let sent = plain.get(format!("http://{address}/orders?id=1")).send();
    let sent = sent.await.unwrap();
    assert_eq!(sent.status(), 308);
    assert_eq!(
        sent.headers()["location"],
        "https://bank.example/orders?id=1"
    );
    let posted = plain
        .post(format!("http://{address}/orders"))
        .body("secret");
    let refused = posted.send().await.unwrap();
    assert_eq!(refused.status(), 426);
    assert!(refused.text().await.unwrap().contains("tls_required"));
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    let certificate = std::fs::read(file("certificate.pem")).unwrap();
    let client = http_client_trusting(&certificate);
    for path in ["", "nowhere"] {
        let answer = client.get(format!("https://{address}/{path}")).send();
        let answer = answer.await.unwrap();
        assert_eq!(
            answer.headers()["strict-transport-security"],
            "max-age=63072000"
        );
    }
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

/// Files that can be replaced, with the named certificate and key in them.
struct Replaceable {
    directory: TempDir,
    files: TlsFiles,
}

impl Replaceable {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: directory.path().join("certificate.pem"),
            private_key: directory.path().join("private-key.pem"),
        };
        let replaceable = Self { directory, files };
        replaceable.replace("certificate.pem", "certificate.pem");
        replaceable.replace("private-key.pem", "private-key.pem");
        replaceable
    }

    fn replace(&self, name: &str, with: &str) {
        std::fs::copy(file(with), self.directory.path().join(name)).unwrap();
    }
}

fn client_trusting(certificate: &str) -> reqwest::Client {
    http_client_trusting(&std::fs::read(file(certificate)).unwrap())
}

#[tokio::test]
async fn new_connections_get_the_certificate_that_was_reloaded_and_old_ones_go_on() {
    let on_disk = Replaceable::new();
    let listener = bind(&on_disk.files).await.unwrap();
    let url = format!("https://{}/", listener.address().unwrap());
    let certificate = listener.certificate().unwrap();
    let (_stop, stopping) = watch::channel(false);
    let router = Router::new().route("/", get(async || "sealed"));
    tokio::spawn(listener.serve(router, stopping));
    let answered = async |client: &reqwest::Client| {
        let answer = client.get(&url).send().await.ok()?;
        answer.text().await.ok()
    };
    let sealed = || Some("sealed".to_owned());
    // It has one connection, which it keeps; a second one would not be trusted below.
    let old = client_trusting("certificate.pem");
    assert_eq!(answered(&old).await, sealed());

    on_disk.replace("certificate.pem", "renewed-certificate.pem");
    let refused = certificate.reload().unwrap_err().to_string();
    assert!(refused.contains("certificate.pem: "), "{refused}");
    assert_eq!(
        answered(&client_trusting("certificate.pem")).await,
        sealed(),
        "a certificate without its key is not presented"
    );

    on_disk.replace("private-key.pem", "renewed-private-key.pem");
    certificate.reload().unwrap();
    let renewed = client_trusting("renewed-certificate.pem");
    assert_eq!(answered(&renewed).await, sealed());
    assert_eq!(answered(&client_trusting("certificate.pem")).await, None);
    assert_eq!(answered(&old).await, sealed(), "its connection is open");

    std::fs::write(&on_disk.files.private_key, "no key").unwrap();
    let refused = certificate.reload().unwrap_err().to_string();
    assert!(refused.contains("private-key.pem: "), "{refused}");
    let renewed = client_trusting("renewed-certificate.pem");
    assert_eq!(answered(&renewed).await, sealed());
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_hold_up_the_end() {
    let day = Duration::from_secs(86_400);
    let limits = Limits {
        drain: day,
        header_timeout: day,
        ..Limits::default()
    };
    let listener = bind_with(&files(), limits).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopping) = watch::channel(false);
    let serving = tokio::spawn(listener.serve(Router::new(), stopping));
    let mut silent = TcpStream::connect(address).await.unwrap();
    // Connections are taken in order: with this one the listener has the silent one, too.
    let client = client_trusting("certificate.pem");
    client
        .get(format!("https://{address}/"))
        .send()
        .await
        .unwrap();
    stop.send(true).unwrap();
    let generous = Duration::from_secs(20);
    timeout(generous, serving).await.unwrap().unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
}
