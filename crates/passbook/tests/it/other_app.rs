//! Another app of the bank's, as its developer would write it, and the person who logs in for it.

use crate::bank::{Bank, PATIENCE};
use crate::bank_clock::system_clock;
use crate::on_device::last;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use envelope::{Signer as _, SoftwareKey};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testkit::http_client;
use token::{ClientAssertion, DpopProof, ProofFor};
use tokio::net::TcpListener;
use types::{Hash, base64url};
use webauthn::{RelyingParty, SoftwarePasskey};

const APP: &str = "the-app";
/// The secret of the key of the app's proofs, 32 times.
const PROOF_KEY: u8 = 2;

const VERIFIER: &str = "a-verifier-that-only-this-app-knows-and-nobody-guesses";

/// The app with a person's permission.
pub(crate) struct App {
    http: Client,
    bank: String,
    proof_key: SoftwareKey,
    token: String,
}

/// A bank with that app, which may ask for `scopes` and has a webhook.
pub(crate) struct BankWithApp {
    pub(crate) bank: Bank,
    pub(crate) webhook: Webhook,
    _keys: TempDir,
}

/// What the app's webhook was told.
#[derive(Clone, Default)]
pub(crate) struct Webhook(Arc<Mutex<Vec<Value>>>);

impl Webhook {
    /// Where it listens.
    async fn listen(&self) -> SocketAddr {
        let heard = self.0.clone();
        let hear = async move |headers: HeaderMap, body: String| {
            assert_eq!(headers["content-type"], "application/secevent+jwt");
            let claims = base64url::decode(body.split('.').nth(1).unwrap()).unwrap();
            let claims = serde_json::from_slice(&claims).unwrap();
            heard.lock().unwrap().push(claims);
            StatusCode::ACCEPTED
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/events", post(hear));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    /// Waits until it was told of this event.
    pub(crate) async fn hears(&self, event: &Value) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let heard = self.0.lock().unwrap().clone();
            if heard.iter().any(|claims| claims["events"] == *event) {
                return;
            }
            assert!(Instant::now() < deadline, "{event} is not in {heard:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

pub(crate) async fn bank_with_app(scopes: &[&str], settings: &str) -> BankWithApp {
    let webhook = Webhook::default();
    let hears = webhook.listen().await;
    let keys = tempfile::tempdir().unwrap();
    let jwks = keys.path().join("jwks.json");
    let (x, y) = key(1).public_key().jwk_coordinates();
    let jwk = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]});
    std::fs::write(&jwks, jwk.to_string()).unwrap();
    let settings = format!(
        "{settings}[[openid.clients]]\nid = \"{APP}\"\nname = \"The app\"\nredirect_uris = [\"{}\"]\njwks = {jwks:?}\nscopes = {scopes:?}\nwebhook_uri = \"http://{hears}/events\"\n",
        back(),
    );
    BankWithApp {
        bank: Bank::sandbox(&settings),
        webhook,
        _keys: keys,
    }
}

fn key(secret: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[secret; 32]).unwrap()
}

/// Where the person is sent back. Nobody listens there: the address has the code.
const fn back() -> &'static str {
    "http://localhost:9/back"
}

fn id() -> String {
    base64url::encode(&rand::random::<[u8; 16]>())
}

/// The secret key and the credential id of the passkey that a device's directory keeps.
pub(crate) fn passkey_of(device: &Path) -> [Vec<u8>; 2] {
    let keys = std::fs::read(device.join("keys.json")).unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let bytes = |name: &str| base64url::decode(keys[name].as_str().unwrap()).unwrap();
    ["passkey", "credential"].map(bytes)
}

impl App {
    /// The person of a device, who has a passkey there, logs in at the bank's page and allows what the app asks for.
    pub(crate) async fn permitted(bank: &Bank, device: &Path, scope: &str) -> Self {
        let mut app = Self {
            http: http_client(),
            bank: bank.public.clone(),
            proof_key: key(PROOF_KEY),
            token: String::new(),
        };
        let challenge = Hash::of(VERIFIER.as_bytes()).to_string();
        let asked = [
            ("client_id", APP),
            ("response_type", "code"),
            ("redirect_uri", back()),
            ("scope", scope),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let pushed = app.post_form("/openid/par", &asked).await;
        let request = text(&answer(pushed, 201).await["request_uri"]);
        let code = app.code_of(device, &request).await;
        let given = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", back()),
            ("code_verifier", VERIFIER),
        ];
        let redeemed = app.post_form("/openid/token", &given).await;
        let tokens = answer(redeemed, 200).await;
        assert_eq!(tokens["scope"], scope);
        app.token = text(&tokens["access_token"]);
        app
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The secret of the key of its proofs, in hexadecimal digits.
    pub(crate) fn proof_key(&self) -> String {
        types::hex::encode(&[PROOF_KEY; 32])
    }

    /// The code that the app gets when the person has logged in and allowed it.
    async fn code_of(&self, device: &Path, request: &str) -> String {
        let request = escaped(request);
        let link = format!("/openid/authorize?client_id={APP}&request_uri={request}");
        let page = self.http.get(self.url(&link)).send().await.unwrap();
        let cookie = page.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split_once(';').unwrap().0.to_owned();
        let page = page.text().await.unwrap();
        let (_, rest) = page.split_once("data-authorization=\"").unwrap();
        let authorization = rest.split_once('"').unwrap().0;
        let post = async |path: &str, body: Value| {
            let request = self.http.post(self.url(path)).json(&body);
            let request = request
                .header("cookie", &cookie)
                .header("origin", &self.bank);
            answer(request.send().await.unwrap(), 200).await
        };
        let named = json!({ "authorization": authorization });
        let asked = post("/openid/login/challenge", named).await;
        let challenge = base64url::decode(&text(&asked["challenge"])).unwrap();
        let made = self.passkey(device).assert(&challenge).unwrap();
        let login = json!({
            "authorization": authorization,
            "assertion": {
                "credential": base64url::encode(&made.credential),
                "authenticator_data": base64url::encode(&made.authenticator_data),
                "client_data_json": base64url::encode(&made.client_data_json),
                "signature": base64url::encode(&made.signature),
            },
        });
        post("/openid/login", login).await;
        let allowed = json!({"authorization": authorization, "allowed": true});
        let location = text(&post("/openid/consent", allowed).await["location"]);
        let (_, code) = location.split_once("code=").unwrap();
        code.split('&').next().unwrap().to_owned()
    }

    /// The passkey that the device's directory keeps.
    fn passkey(&self, device: &Path) -> SoftwarePasskey {
        last(device, &["passkeys", "add"]);
        let [key, credential] = passkey_of(device);
        let party = RelyingParty {
            id: "localhost".to_owned(),
            origin: self.bank.clone(),
        };
        let key = SoftwareKey::from_bytes(&key.try_into().unwrap()).unwrap();
        SoftwarePasskey::new(key, credential.try_into().unwrap(), party)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.bank)
    }

    /// A proof for a request without a token, or with the app's.
    async fn proof(&self, method: &str, path: &str) -> String {
        // Every answer to a client has a nonce.
        let refused = self.http.post(self.url("/openid/token")).send().await;
        let refused = refused.unwrap();
        let nonce = refused.headers()["dpop-nonce"].to_str().unwrap();
        let what = ProofFor {
            method,
            url: &self.url(path),
            token: &self.token,
        };
        let (key, now) = (self.proof_key.public_key(), system_clock()());
        let input = DpopProof::signing_input(key, what, Some(nonce), &id(), now);
        DpopProof::assemble(&input, &self.proof_key.sign(input.as_bytes()).unwrap())
    }

    async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let now = system_clock()();
        let assertion = ClientAssertion {
            client: APP.parse().unwrap(),
            id: id(),
            expires: now.plus_ms(60_000),
        };
        let assertion = assertion.sign(&self.bank, now, &key(1)).unwrap();
        let own = [
            ("client_assertion_type", ClientAssertion::PARAMETER),
            ("client_assertion", &assertion),
        ];
        let pairs = form.iter().chain(&own);
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let request = self.http.post(self.url(path)).body(pairs.join("&"));
        let proof = self.proof("POST", path).await;
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("dpop", proof).send().await.unwrap()
    }

    /// The answer to a request with the app's token. `path` has no query.
    pub(crate) async fn get(&self, path: &str, query: &str, status: u16) -> Value {
        let request = self.http.get(self.url(&format!("{path}{query}")));
        self.sent(request, ("GET", path), status).await
    }

    /// The same for a payment with that `Idempotency-Key`.
    pub(crate) async fn initiate(&self, key: &str, payment: &Value, status: u16) -> Value {
        let path = "/v1/payment-initiations";
        let request = self.http.post(self.url(path)).json(payment);
        let request = request.header("idempotency-key", key);
        self.sent(request, ("POST", path), status).await
    }

    async fn sent(
        &self,
        request: RequestBuilder,
        (method, path): (&str, &str),
        status: u16,
    ) -> Value {
        let proof = self.proof(method, path).await;
        let request = request
            .header("authorization", format!("DPoP {}", self.token))
            .header("dpop", proof);
        answer(request.send().await.unwrap(), status).await
    }
}

async fn answer(response: Response, status: u16) -> Value {
    let (given, body) = (response.status(), response.text().await.unwrap());
    assert_eq!(given, status, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// In a form (application/x-www-form-urlencoded).
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
