//! The certificate of `passbook serve`, reloaded while it serves.

use crate::bank::{PATIENCE, Running, passbook};
use rustix::process::Signal;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;
use testkit::http_client_trusting;

fn made_for_tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../http-edge/tests/it/tls")
        .join(name)
}

/// Whether a new connection gets the named certificate and an answer.
async fn presented(url: &str, certificate: &str) -> bool {
    let certificate = fs::read(made_for_tests(certificate)).unwrap();
    let client = http_client_trusting(&certificate);
    let answer = client.get(format!("{url}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn a_hangup_reloads_the_certificate_and_a_broken_file_keeps_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let replace = |prefix: &str| {
        for name in ["certificate.pem", "private-key.pem"] {
            fs::copy(made_for_tests(&format!("{prefix}{name}")), at(name)).unwrap();
        }
    };
    replace("");
    let configuration = format!(
        "data_directory = {:?}\n[public]\naddress = \"127.0.0.1:0\"\ncertificate = {:?}\nprivate_key = {:?}\n[operator]\naddress = \"127.0.0.1:0\"\n",
        at("data"),
        at("certificate.pem"),
        at("private-key.pem"),
    );
    fs::write(at("passbook.toml"), configuration).unwrap();
    let mut serve = passbook();
    serve.args(["serve", "--json", "--config"]);
    let serve = serve.arg(at("passbook.toml")).stdout(Stdio::piped());
    let serve = serve.stderr(File::create(at("servers.log")).unwrap());
    let mut servers = Running(serve.spawn().unwrap());
    let mut ready = String::new();
    let mut printed = BufReader::new(servers.0.stdout.take().unwrap());
    printed.read_line(&mut ready).unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let url = ready["public"].as_str().unwrap();
    assert!(presented(url, "certificate.pem").await);

    replace("renewed-");
    servers.signal(Signal::HUP);
    let deadline = Instant::now() + PATIENCE;
    while !presented(url, "renewed-certificate.pem").await {
        assert!(Instant::now() < deadline, "the certificate is not reloaded");
    }
    assert!(!presented(url, "certificate.pem").await);

    fs::write(at("private-key.pem"), "no key").unwrap();
    servers.signal(Signal::HUP);
    let log = loop {
        let log = fs::read_to_string(at("servers.log")).unwrap();
        if log.contains('\n') {
            break log;
        }
        assert!(Instant::now() < deadline + PATIENCE, "nothing is logged");
        assert!(presented(url, "renewed-certificate.pem").await);
    };
    for part in ["ERROR", "private-key.pem: ", "hint", "send SIGHUP again"] {
        assert!(log.contains(part), "{part} in {log}");
    }
    assert!(presented(url, "renewed-certificate.pem").await);
    servers.stop();
}
