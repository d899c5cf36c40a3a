//! A client, as its developer would write it with the standards alone, and a browser that follows its links.

use crate::bank::{Bank, ISSUER};
use crate::person::{Person, passkey};
use axum::Router;
use axum::body::Body;
use ciam::http::routes;
use ciam::{Client, KeySource, OpenIdSettings, Settings};
use envelope::{Signer as _, SoftwareKey};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use token::{ClientKey, ClientKeys};
use tower::ServiceExt as _;
use types::{ErrorCode, Hash, PublicKey, base64url};
use webauthn::SoftwarePasskey;

pub(crate) const SHOP: &str = "shop";
pub(crate) const TAXES: &str = "taxes";
pub(crate) const API: &str = "accounts-api";
pub(crate) const BACK: &str = "https://shop.example/back?from=bank";
pub(crate) const VERIFIER: &str = "a-verifier-that-only-this-app-knows-and-nobody-guesses";
pub(crate) const SCOPE: &str = "openid customer_number offline_access";

/// The scopes of which an app hears events.
pub(crate) const EVENTS: &str = "openid accounts payments";

pub(crate) fn key(secret: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[secret; 32]).unwrap()
}

/// Where a client hears of logins that ended.
pub(crate) fn logout_uri(client: &str) -> String {
    format!("https://{client}.example/logout?from=bank")
}

/// Where a client hears what changed.
pub(crate) fn webhook_uri(client: &str) -> String {
    format!("https://{client}.example/events")
}

/// Keys in the configuration.
pub(crate) fn configured(keys: Vec<ClientKey>) -> KeySource {
    KeySource::Configured(Arc::new(ClientKeys::new(keys)))
}

fn client(id: &str, secret: u8, redirect_uri: &str) -> Client {
    let scopes = match id {
        API => "openid".to_owned(),
        _ => format!("{SCOPE} {EVENTS}"),
    };
    Client {
        id: id.parse().unwrap(),
        name: format!("{id} & <Co>"),
        redirect_uris: vec![redirect_uri.to_owned()],
        logout_uri: (id != API).then(|| logout_uri(id)),
        webhook_uri: (id != API).then(|| webhook_uri(id)),
        keys: configured(vec![ClientKey {
            kid: None,
            key: *key(secret).public_key(),
        }]),
        scopes: scopes.parse().unwrap(),
        introspects: id == API,
    }
}

/// A bank with two clients and an API.
pub(crate) async fn bank() -> Bank {
    Bank::with(settings(ISSUER, BACK)).await
}

/// The same, with a person who has the passkey 1.
pub(crate) async fn bank_with_person() -> Bank {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    bank
}

/// The settings of a bank at `issuer` with two clients and an API. The shop has people sent back to `back`.
pub(crate) fn settings(issuer: &str, back: &str) -> Settings {
    Settings {
        openid: OpenIdSettings {
            clients: vec![
                client(SHOP, 11, back),
                client(TAXES, 12, "https://taxes.example/back"),
                client(API, 13, "https://api.bank.example/back"),
            ],
        },
        ..Settings::new(issuer)
    }
}

/// An answer to an app or a browser.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The word of OAuth's error.
    pub(crate) fn error(&self) -> String {
        let answer = self.json();
        let expected = if answer["error"] == "invalid_client" {
            401
        } else {
            400
        };
        assert_eq!(self.status, expected, "{answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    /// The code of a problem document.
    pub(crate) fn problem(&self) -> ErrorCode {
        let answer = self.json();
        assert_eq!(answer["status"], self.status, "{answer}");
        let number = answer["code"].as_u64().unwrap();
        ErrorCode::from_number(number.try_into().unwrap()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn ask(bank: &Bank, request: Request<Body>) -> Answer {
    let router: Router = routes(bank.ciam.clone());
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer {
        status,
        headers,
        body,
    }
}

pub(crate) async fn get(bank: &Bank, path: &str) -> Answer {
    ask(bank, Request::get(path).body(Body::empty()).unwrap()).await
}

/// A JWT with this header and these claims, signed by that key.
pub(crate) fn jwt(header: &Json, claims: &Json, key: &SoftwareKey) -> String {
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    format!("{input}.{}", key.sign(input.as_bytes()).unwrap())
}

pub(crate) fn jwk(key: &PublicKey) -> Json {
    let (x, y) = key.jwk_coordinates();
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
}

/// The claims of a JWT, which are not verified.
pub(crate) fn claims(jwt: &str) -> Json {
    let payload = base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn unique() -> String {
    let mut id = [0; 16];
    getrandom::fill(&mut id).unwrap();
    base64url::encode(&id)
}

/// The parameters of a form, of which a test changes some.
pub(crate) type Parameters = Vec<(&'static str, String)>;

pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters);
    form.finish()
}

pub(crate) struct App<'b> {
    pub(crate) bank: &'b Bank,
    pub(crate) id: &'static str,
    pub(crate) key: SoftwareKey,
    /// The key of its proofs.
    pub(crate) proof_key: SoftwareKey,
    pub(crate) redirect_uri: String,
}

impl<'b> App<'b> {
    pub(crate) fn shop(bank: &'b Bank) -> Self {
        Self::shop_at(bank, BACK)
    }

    /// The shop where people are sent back there.
    pub(crate) fn shop_at(bank: &'b Bank, redirect_uri: &str) -> Self {
        Self::new(bank, (SHOP, 11), redirect_uri)
    }

    pub(crate) fn taxes(bank: &'b Bank) -> Self {
        Self::new(bank, (TAXES, 12), "https://taxes.example/back")
    }

    pub(crate) fn api(bank: &'b Bank) -> Self {
        Self::new(bank, (API, 13), "https://api.bank.example/back")
    }

    fn new(bank: &'b Bank, (id, secret): (&'static str, u8), redirect_uri: &str) -> Self {
        Self {
            bank,
            id,
            key: key(secret),
            proof_key: key(secret + 100),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    pub(crate) fn assertion_claims(&self) -> Json {
        let now = self.bank.now().seconds();
        json!({
            "iss": self.id,
            "sub": self.id,
            "aud": self.bank.issuer(),
            "jti": unique(),
            "iat": now,
            "exp": now + 60,
        })
    }

    pub(crate) fn assertion(&self) -> String {
        jwt(
            &json!({"alg": "ES256"}),
            &self.assertion_claims(),
            &self.key,
        )
    }

    /// A nonce of the provider's, which every answer has.
    pub(crate) async fn nonce(&self) -> String {
        let answer = self.post_as("/openid/token", &[], None, "").await;
        answer.header("dpop-nonce").to_owned()
    }

    pub(crate) async fn proof_claims(&self, method: &str, path: &str) -> Json {
        json!({
            "jti": unique(),
            "htm": method,
            "htu": format!("{}{path}", self.bank.issuer()),
            "iat": self.bank.now().seconds(),
            "nonce": self.nonce().await,
        })
    }

    pub(crate) async fn proof(&self, path: &str) -> String {
        self.proof_by(&self.proof_key, &self.proof_claims("POST", path).await)
    }

    pub(crate) fn proof_by(&self, key: &SoftwareKey, claims: &Json) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(key.public_key())});
        jwt(&header, claims, key)
    }

    /// A request with this assertion.
    pub(crate) async fn post_as(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        proof: Option<&str>,
        assertion: &str,
    ) -> Answer {
        let own = [
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ];
        let body = form(&[parameters, own.as_slice()].concat());
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let answer = ask(self.bank, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_ne!(answer.header("dpop-nonce"), "");
        answer
    }

    pub(crate) async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.post_as(path, parameters, None, &self.assertion())
            .await
    }

    /// What this app asks for.
    pub(crate) fn request(&self) -> Parameters {
        let challenge = Hash::of(VERIFIER.as_bytes());
        [
            ("client_id", self.id),
            ("response_type", "code"),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", SCOPE),
            ("state", "a state & more"),
            ("nonce", "a nonce"),
            ("code_challenge", &challenge.to_string()),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    /// What this app asks for, with other values of some parameters. An empty one is left out.
    pub(crate) fn request_with(&self, changes: &[(&'static str, &str)]) -> Parameters {
        let mut request = self.request();
        for (name, value) in changes {
            request.retain(|(other, _)| other != name);
            request.push((*name, (*value).to_owned()));
        }
        request.retain(|(_, value)| !value.is_empty());
        request
    }

    pub(crate) async fn push_with(&self, changes: &[(&'static str, &str)]) -> Answer {
        let request = self.request_with(changes);
        let request: Vec<_> = request
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.post("/openid/par", &request).await
    }

    /// The path at which a browser begins what the app asks for.
    pub(crate) async fn link(&self) -> String {
        let answer = self.push_with(&[]).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.link_to(answer.json()["request_uri"].as_str().unwrap())
    }

    pub(crate) fn link_to(&self, request_uri: &str) -> String {
        let query = form(&[("client_id", self.id), ("request_uri", request_uri)]);
        format!("/openid/authorize?{query}")
    }

    /// The code that the app gets from a browser of the person with that passkey.
    pub(crate) async fn code(&self, passkey: &SoftwarePasskey) -> String {
        let mut browser = Browser::new(self.bank);
        let page = browser.begin(&self.link().await).await;
        browser.log_in(&page, passkey).await;
        code_in(&browser.allow(&page).await)
    }

    /// The answer to a code, with this verifier.
    pub(crate) async fn redeem_with(&self, code: &str, verifier: &str) -> Answer {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", verifier),
        ];
        let proof = self.proof("/openid/token").await;
        self.post_as(
            "/openid/token",
            &parameters,
            Some(&proof),
            &self.assertion(),
        )
        .await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.redeem_with(code, VERIFIER).await
    }

    /// The tokens that come of the consent of the person with that passkey to those scopes.
    pub(crate) async fn tokens_for(&self, passkey: &SoftwarePasskey, scope: &str) -> Json {
        let pushed = self.push_with(&[("scope", scope)]).await.json();
        let link = self.link_to(pushed["request_uri"].as_str().unwrap());
        let mut browser = Browser::new(self.bank);
        let page = browser.begin(&link).await;
        browser.log_in(&page, passkey).await;
        let answer = self.redeem(&code_in(&browser.allow(&page).await)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// The tokens that come of the consent of the person with that passkey.
    pub(crate) async fn tokens(&self, passkey: &SoftwarePasskey) -> Json {
        let answer = self.redeem(&self.code(passkey).await).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub(crate) async fn refresh(&self, tokens: &Json) -> Answer {
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        let proof = self.proof("/openid/token").await;
        self.post_as(
            "/openid/token",
            &parameters,
            Some(&proof),
            &self.assertion(),
        )
        .await
    }

    pub(crate) async fn user_info_with(&self, authorization: &str, proof: Option<&str>) -> Answer {
        let mut request = Request::get("/openid/userinfo").header("authorization", authorization);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        ask(self.bank, request.body(Body::empty()).unwrap()).await
    }

    /// The proof of a request for user info with that token, by that key.
    pub(crate) async fn user_info_proof(&self, token: &str, key: &SoftwareKey) -> String {
        let mut claims = self.proof_claims("GET", "/openid/userinfo").await;
        claims["ath"] = json!(base64url::encode(Hash::of(token.as_bytes()).as_bytes()));
        self.proof_by(key, &claims)
    }

    pub(crate) async fn user_info(&self, tokens: &Json) -> Answer {
        let token = tokens["access_token"].as_str().unwrap();
        let proof = self.user_info_proof(token, &self.proof_key).await;
        self.user_info_with(&format!("DPoP {token}"), Some(&proof))
            .await
    }

    pub(crate) async fn introspect(&self, token: &Json) -> Json {
        let token = token.as_str().unwrap();
        let answer = self
            .post("/openid/introspection", &[("token", token)])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}

/// The code in the address that a browser is sent to.
pub(crate) fn code_in(location: &str) -> String {
    parameter_in(location, "code").unwrap()
}

/// A parameter in the address that a browser is sent to.
pub(crate) fn parameter_in(location: &str, name: &str) -> Option<String> {
    let query = location.split_once('?').unwrap().1;
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let found = parameters.find(|(other, _)| other == name);
    found.map(|(_, value)| value.into_owned())
}

/// A browser: it keeps cookies, and says from which page it sends a request.
pub(crate) struct Browser<'b> {
    pub(crate) bank: &'b Bank,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) origin: Option<&'static str>,
}

impl<'b> Browser<'b> {
    pub(crate) fn new(bank: &'b Bank) -> Self {
        Self {
            bank,
            cookies: BTreeMap::new(),
            origin: Some(ISSUER),
        }
    }

    /// Opens a link. The page's authorization, if it has one.
    pub(crate) async fn open(&mut self, link: &str) -> Answer {
        let request = Request::get(link).header("cookie", self.cookies());
        let answer = ask(self.bank, request.body(Body::empty()).unwrap()).await;
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    fn cookies(&self) -> String {
        let cookies = self.cookies.iter();
        let cookies = cookies.map(|(name, value)| format!("; {name}={value}"));
        format!("theme=dark{}", cookies.collect::<String>())
    }

    /// The authorization of the page at that link.
    pub(crate) async fn begin(&mut self, link: &str) -> String {
        let answer = self.open(link).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let (_, rest) = answer.body.split_once("data-authorization=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    async fn post(&self, path: &str, content_type: &str, body: String) -> Answer {
        let mut request = Request::post(path)
            .header("content-type", content_type)
            .header("cookie", self.cookies());
        if let Some(origin) = self.origin {
            request = request.header("origin", origin);
        }
        ask(self.bank, request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn challenge(&self, page: &str) -> Answer {
        let body = json!({ "authorization": page }).to_string();
        self.post("/openid/login/challenge", "application/json", body)
            .await
    }

    /// Sends a passkey's answer to that challenge.
    pub(crate) async fn answer(
        &self,
        page: &str,
        passkey: &SoftwarePasskey,
        challenge: &[u8],
    ) -> Answer {
        let made = passkey.assert(challenge).unwrap();
        let body = json!({
            "authorization": page,
            "assertion": {
                "credential": base64url::encode(&made.credential),
                "authenticator_data": base64url::encode(&made.authenticator_data),
                "client_data_json": base64url::encode(&made.client_data_json),
                "signature": base64url::encode(&made.signature),
            },
        });
        self.post("/openid/login", "application/json", body.to_string())
            .await
    }

    pub(crate) async fn try_to_log_in(&self, page: &str, passkey: &SoftwarePasskey) -> Answer {
        let asked = self.challenge(page).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let challenge = asked.json()["challenge"].as_str().unwrap().to_owned();
        let challenge = base64url::decode(&challenge).unwrap();
        self.answer(page, passkey, &challenge).await
    }

    pub(crate) async fn log_in(&self, page: &str, passkey: &SoftwarePasskey) {
        let answer = self.try_to_log_in(page, passkey).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    pub(crate) async fn decide(&self, page: &str, allowed: bool) -> Answer {
        let body = json!({"authorization": page, "allowed": allowed});
        self.post("/openid/consent", "application/json", body.to_string())
            .await
    }

    /// Allows what the page asks for. Where the browser is sent.
    pub(crate) async fn allow(&self, page: &str) -> String {
        let answer = self.decide(page, true).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["location"].as_str().unwrap().to_owned()
    }
}
