//! An outside provider logs people in: the servers, the terminal and the way between them, with a small provider over HTTP in the
//! test's process. `make keycloak` does the same with a real one.

use crate::at_provider::{Waiting, enrol, login};
use crate::bank::{Bank, json, passbook, refused, shown, shown_with};
use crate::on_device::{self, last};
use axum::extract::{Query, State};
use axum::http::header::{AUTHORIZATION, HeaderMap, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use types::{Hash, base64url};

type Parameters = HashMap<String, String>;

/// A provider at which whoever comes is logged in at once, as the customer whom the test wants.
#[derive(Clone)]
struct Provider {
    issuer: String,
    customer: Arc<Mutex<&'static str>>,
    /// What was asked for, by the code.
    asked: Arc<Mutex<HashMap<String, Parameters>>>,
}

fn key() -> SoftwareKey {
    SoftwareKey::from_bytes(&[42; 32]).unwrap()
}

#[allow(
    clippy::disallowed_methods,
    reason = "the bank's process has the system's clock"
)]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

impl Provider {
    async fn start() -> (Self, tokio::task::JoinHandle<std::io::Result<()>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/bank", listener.local_addr().unwrap());
        let provider = Self {
            issuer,
            customer: Arc::new(Mutex::new("1001")),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/bank/.well-known/openid-configuration", get(metadata))
            .route("/bank/authorize", get(authorize))
            .route("/bank/token", post(token))
            .route("/bank/keys", get(keys))
            .with_state(provider.clone());
        let serving = tokio::spawn(axum::serve(listener, router).into_future());
        (provider, serving)
    }

    fn log_in_as(&self, customer: &'static str) {
        *self.customer.lock().unwrap() = customer;
    }
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys() -> Json<Value> {
    let (x, y) = key().public_key().jwk_coordinates();
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "one", "x": x, "y": y });
    Json(json!({ "keys": [key] }))
}

async fn authorize(
    State(provider): State<Provider>,
    Query(asked): Query<Parameters>,
) -> impl axum::response::IntoResponse {
    let mut known = provider.asked.lock().unwrap();
    let code = format!("code-{}", known.len());
    let iss = provider.issuer.replace(':', "%3A").replace('/', "%2F");
    let (back, state) = (&asked["redirect_uri"], &asked["state"]);
    let location = format!("{back}?code={code}&state={state}&iss={iss}");
    known.insert(code, asked);
    (StatusCode::FOUND, [(LOCATION, location)])
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    form: String,
) -> axum::response::Response {
    let form = format!("http://localhost?{form}");
    let form: Uri = form.parse().unwrap();
    let Query(form): Query<Parameters> = Query::try_from_uri(&form).unwrap();
    // base64 of `ciam:hush`.
    assert_eq!(headers[AUTHORIZATION], "Basic Y2lhbTpodXNo");
    let asked = provider.asked.lock().unwrap().remove(&form["code"]);
    let challenge = Hash::of(form["code_verifier"].as_bytes());
    let challenge = base64url::encode(challenge.as_bytes());
    let Some(asked) = asked.filter(|asked| asked["code_challenge"] == challenge) else {
        let refusal = Json(json!({ "error": "invalid_grant" }));
        return (StatusCode::BAD_REQUEST, refusal).into_response();
    };
    let claims = json!({
        "iss": provider.issuer,
        "sub": "8e4c8f6e",
        "aud": "ciam",
        "iat": now(),
        "auth_time": now(),
        "exp": now() + 60,
        "nonce": asked["nonce"],
        "number": *provider.customer.lock().unwrap(),
    });
    let part = |json: Value| base64url::encode(json.to_string().as_bytes());
    let input = format!(
        "{}.{}",
        part(json!({ "alg": "ES256", "kid": "one" })),
        part(claims)
    );
    let signature = key().sign(input.as_bytes()).unwrap();
    Json(json!({ "id_token": format!("{input}.{signature}") })).into_response()
}

/// Runs a command that waits for a login. Its browser goes to the provider and comes back, after another page has sent it to the
/// same address with an answer of its own.
async fn logged_in_by(command: &mut Command) -> Output {
    let waiting = Waiting::for_login(command);
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let sent = browser.get(&waiting.address).send();
    let sent = sent.await.unwrap();
    let back = sent.headers()[LOCATION].to_str().unwrap().to_owned();
    let (address, _) = back.split_once('?').unwrap();
    for answer in [&format!("{address}?code=injected&state=another"), &back] {
        let shown = browser.get(answer).send().await.unwrap();
        assert_eq!(shown.status(), StatusCode::OK);
    }
    waiting.output()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_enrolled_by_a_login_and_people_log_in_on_it() {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    let (provider, serving) = Provider::start().await;
    let secrets = tempfile::tempdir().unwrap();
    let secret = secrets.path().join("secret");
    std::fs::write(&secret, "hush\n").unwrap();
    let mut bank = Bank::sandbox(&format!(
        "[login.provider]\nissuer = \"{}\"\nclient = \"ciam\"\nclaim = \"number\"\nenrols = true\nsecret = {secret:?}\n",
        provider.issuer
    ));
    let root = bank.operate(&["code", "1001"])["root"].clone();
    let root = root.as_str().unwrap();

    let another = "0".repeat(26);
    let told = refused(&mut enrol(&bank, "elsewhere", &another).1);
    assert!(told.contains("this is not the bank"), "{told}");
    let (phone, mut command) = enrol(&bank, "phone", root);
    let enrolled = json(&logged_in_by(&mut command).await);
    assert_eq!(
        (&enrolled["customer"], &enrolled["complete"]),
        (&json!("1001"), &json!(true))
    );
    let home = shown(&phone, "--once");
    let account = home["accounts"][0]["account"].as_str().unwrap();
    bank.operate(&["post", account, "12.50", "--purpose", "lunch"]);
    shown_with(&phone, "lunch");

    let begun = json(&logged_in_by(&mut login(&phone)).await);
    let sessions = last(&phone, &["sessions"]);
    assert_eq!(sessions["session"], begun["session"]);
    assert_eq!(sessions.get("passkey"), None);
    provider.log_in_as("1002");
    let another = logged_in_by(&mut login(&phone)).await;
    let told = String::from_utf8(another.stderr).unwrap();
    assert!(told.contains("2018"), "{told}");

    last(&phone, &["passkeys", "add"]);
    let told = on_device::refused(&phone, &["login"]);
    assert!(told.contains("login --provider"), "{told}");

    serving.abort();
    bank.stop();
    bank.start();
    for command in [&mut login(&phone), &mut enrol(&bank, "tablet", root).1] {
        let told = refused(command);
        assert!(told.contains("2019"), "{told}");
    }
    let log = std::fs::read_to_string(bank.path("servers.log")).unwrap();
    assert!(log.contains("the login provider does not answer"), "{log}");
}

#[test]
fn a_bank_with_clients_of_its_own_or_bad_settings_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("passbook.toml");
    let provider = "[login.provider]\nissuer = \"https://login.example\"\nclient = \"ciam\"\nclaim = \"number\"\n";
    let check = |settings: &str, expected: &str| {
        std::fs::write(&config, format!("{provider}{settings}")).unwrap();
        let told = refused(passbook().args(["check", "--config"]).arg(&config));
        assert!(told.contains(expected), "{told}");
    };
    check("secret = \"missing\"\n", "login.provider: secret: ");
    check("scopes = [\"email\"]\n", "login.provider: scopes: ");
    let jwks = directory.path().join("jwks.json");
    let (x, y) = key().public_key().jwk_coordinates();
    let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
    std::fs::write(&jwks, keys.to_string()).unwrap();
    let client = format!(
        "[[openid.clients]]\nid = \"shop\"\nname = \"Shop\"\nredirect_uris = []\nscopes = [\"openid\"]\njwks = {jwks:?}\n"
    );
    check(&client, "openid.clients: ");
}
