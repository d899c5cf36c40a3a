//! OpenID clients that nobody here wrote, `openid-client` and the SDK of Nimbus, learn from a running bank who a person is. The
//! person logs in and consents in a real Chromium, with the passkey of a device, and withdraws the consent on the device.
//!
//! They need Node.js, Java and packages from registries, so they run by a command of their own: `make openid-clients`.

use crate::bank::{Bank, PATIENCE, Running, free_port};
use crate::on_device::{self, last};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use testkit::chromium::{Authenticator, Page};
use types::base64url;

const APP: &str = "the-app";

fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scripts")
        .join(path)
}

fn openid_client() -> Command {
    let mut command = Command::new("node");
    command.arg(script("openid-client/app.mjs"));
    command
}

/// With the archives of the SDK, which `make openid-clients` fetches.
fn nimbus_client() -> Command {
    let archives = std::env::var_os("NIMBUS_ARCHIVES").unwrap();
    let mut command = Command::new("java");
    command
        .arg("--class-path")
        .arg(Path::new(&archives).join("*"))
        .arg(script("nimbus-client/App.java"));
    command
}

/// A device of the customer with a registered passkey, and the passkey as the DevTools protocol takes it.
fn device_with_passkey(bank: &Bank, customer: &str) -> (PathBuf, Value) {
    let directory: PathBuf = bank.enrol(customer, "device").0;
    last(&directory, &["passkeys", "add"]);
    let keys = std::fs::read(directory.join("keys.json")).unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let bytes = |name: &str| base64url::decode(keys[name].as_str().unwrap()).unwrap();
    // A private key on P-256 as PKCS #8 (RFC 5958; RFC 5915), without its public half.
    let pkcs8 = [
        types::hex::decode(
            "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
        )
        .unwrap(),
        bytes("passkey"),
    ];
    // The DevTools protocol has base64 with padding (RFC 4648, 4).
    let base64 = |bytes: &[u8]| {
        let text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
        let padding = "=".repeat(text.len().next_multiple_of(4) - text.len());
        text + &padding
    };
    let passkey = serde_json::json!({
        "credentialId": base64(&bytes("credential")),
        "isResidentCredential": true,
        "rpId": "localhost",
        "privateKey": base64(&pkcs8.concat()),
        "userHandle": base64(b"person"),
        "signCount": 0,
    });
    (directory, passkey)
}

/// Logs in at the page, and allows what it asks for.
async fn allow(page: &mut Page) {
    let log_in = r#"new Promise((shown) => {
        const consent = document.getElementById("consent");
        new MutationObserver(() => shown(!consent.hidden)).observe(consent, { attributes: true });
        document.getElementById("log-in").click();
    })"#;
    assert_eq!(page.evaluate(log_in).await.unwrap(), true);
    let press = "document.querySelector('button[value=allow]').click()";
    page.evaluate(press).await.unwrap();
    page.event("Page.loadEventFired").await;
    let shown = page.evaluate("document.body.innerText").await.unwrap();
    assert_eq!(shown, "You can go back to the app.");
}

/// What an app learned that completes the code flow with PAR, PKCE and DPoP; then the person withdraws the consent.
async fn learned_by(app: impl Fn() -> Command) -> Value {
    let keys = tempfile::tempdir().unwrap();
    let directory = keys.path();
    let mut made = app();
    made.arg("keys").arg(directory);
    assert!(made.status().unwrap().success());
    let (back, held) = free_port();
    let settings = format!(
        "[[openid.clients]]\nid = \"{APP}\"\nname = \"The app\"\nredirect_uris = [\"http://localhost:{port}/back\"]\njwks = {jwks:?}\n\
         scopes = [\"openid\", \"customer_number\", \"offline_access\"]\n",
        port = back.port(),
        jwks = keys.path().join("jwks.json"),
    );
    let bank = Bank::sandbox(&settings);
    let (directory_of_device, passkey) = device_with_passkey(&bank, "1001");
    drop(held);
    let port = back.port().to_string();
    let mut running = app();
    running.arg("run").arg(directory);
    running.args([&bank.public, APP, &port]);
    let running = running.stdout(Stdio::piped()).spawn();
    let mut running = Running(running.unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let link = next()["link"].as_str().unwrap().to_owned();

    let mut page = Page::open().await;
    page.visit(&bank.public).await;
    let authenticator = Authenticator::add(&mut page, &serde_json::json!({}))
        .await
        .unwrap();
    let given = serde_json::json!({ "credential": passkey });
    authenticator
        .call(&mut page, "addCredential", given)
        .await
        .unwrap();
    page.visit(&link).await;
    tokio::time::timeout(PATIENCE, allow(&mut page))
        .await
        .unwrap();

    let learned = next();
    running.ended();
    assert_eq!(learned["server"], bank.public);
    let token_type = learned["token_type"].as_str().unwrap();
    assert!(token_type.eq_ignore_ascii_case("DPoP"), "{token_type}");
    let claims = &learned["claims"];
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&bank.public.clone().into(), &APP.into())
    );
    assert_eq!(claims["acr"], "passkey");
    assert_eq!(learned["info"]["customer_number"], "1001");
    assert_eq!(learned["info"]["sub"], claims["sub"]);
    assert_eq!(learned["introspected"]["active"], true);
    assert_eq!(learned["introspected"]["sub"], claims["sub"]);
    assert!(!learned["with_another_key"].is_null(), "{learned}");
    assert_eq!(learned["after_revocation"], false);
    assert_eq!(learned["code_again"], "invalid_grant");

    last(&directory_of_device, &["login"]);
    let consent = last(&directory_of_device, &["consents"]);
    assert_eq!(
        (&consent["client"], &consent["name"]),
        (&APP.into(), &"The app".into())
    );
    last(&directory_of_device, &["consents", "withdraw", APP]);
    assert!(on_device::lines(&directory_of_device, &["consents"]).is_empty());
    let home = last(&directory_of_device, &["device", "--once"]);
    let entries = home["entries"].as_array().unwrap();
    let of = |kind: &str| entries.iter().find(|entry| entry["kind"] == kind).unwrap();
    let given = &of("consent.given")["text"];
    assert_eq!(
        given,
        "The app (the-app) may know openid customer_number offline_access"
    );
    let withdrawn = &of("consent.withdrawn")["text"];
    assert_eq!(withdrawn, "The app (the-app) may know nothing any more");
    learned
}

#[tokio::test]
#[ignore = "needs Node.js and packages from a registry: make openid-clients"]
async fn openid_client_completes_the_code_flow_with_par_pkce_and_dpop() {
    let learned = learned_by(openid_client).await;
    assert!(!learned["of_another_issuer"].is_null(), "{learned}");
}

#[tokio::test]
#[ignore = "needs Java and packages from a registry: make openid-clients"]
async fn the_sdk_of_nimbus_completes_the_code_flow_with_par_pkce_and_dpop() {
    learned_by(nimbus_client).await;
}
