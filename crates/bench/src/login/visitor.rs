//! A person at the page of the OpenID provider, where nobody knows yet who they are.

use super::person::Bank;
use crate::device::{answered, key};
use anyhow::Context as _;
use envelope::{Signer as _, SoftwareKey};
use form_urlencoded::Serializer;
use protocol::http::{BeginSession, LoginOptions};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::path::Path;
use token::ClientAssertion;
use types::{ClientId, Hash, base64url};
use webauthn::SoftwarePasskey;

const APP: &str = "bench";

/// Where the app has people sent back. Nobody gets that far.
const BACK: &str = "http://localhost:9/back";

/// An app of the bank's that asks who people are.
pub(super) struct App {
    id: ClientId,
    key: SoftwareKey,
}

impl App {
    /// An app with a new key.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            id: APP.parse()?,
            key: key()?,
        })
    }

    /// The settings of a bank that has the app, whose public key is written into `directory`.
    pub(super) fn settings(&self, directory: &Path) -> anyhow::Result<String> {
        let (x, y) = self.key.public_key().jwk_coordinates();
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
        let path = directory.join("app.jwks.json");
        std::fs::write(&path, keys.to_string())?;
        let path = toml::Value::String(path.display().to_string());
        Ok(format!(
            "[[openid.clients]]\nid = \"{APP}\"\nname = \"Measurement\"\nredirect_uris = [\"{BACK}\"]\njwks = {path}\n\
             scopes = [\"openid\"]\n"
        ))
    }

    /// The request with which `passkey` logs a visitor in. Everything before it is done.
    pub(super) async fn login(
        &self,
        bank: &Bank,
        passkey: &SoftwarePasskey,
    ) -> anyhow::Result<RequestBuilder> {
        let url = |path: &str| format!("{}{path}", bank.url);
        let page = url(&format!("/openid/authorize?{}", self.pushed(bank).await?));
        let page = answered(bank.client.get(page)).await?;
        let cookie = page.headers().get("set-cookie").context("no cookie")?;
        let cookie = cookie
            .to_str()?
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        let page = page.text().await?;
        let (_, rest) = page
            .split_once("data-authorization=\"")
            .context("the page names no authorization")?;
        let (authorization, _) = rest.split_once('"').context("the page is cut off")?;
        let post = |path: &str| {
            let request = bank.client.post(url(path)).header("origin", &bank.url);
            request.header("cookie", &cookie)
        };
        let mut body = json!({ "authorization": authorization });
        let options = answered(post("/openid/login/challenge").json(&body)).await?;
        let options: LoginOptions = options.json().await?;
        let assertion = passkey.assert(options.challenge.as_ref())?.into();
        let login = serde_json::to_value(BeginSession { assertion })?;
        if let (Value::Object(body), Value::Object(login)) = (&mut body, login) {
            body.extend(login);
        }
        Ok(post("/openid/login").json(&body))
    }

    /// The query with which a browser goes to the page, after the app has said what it wants.
    async fn pushed(&self, bank: &Bank) -> anyhow::Result<String> {
        let now = (bank.clock)();
        let id = || base64url::encode(&rand::random::<[u8; 16]>());
        let assertion = ClientAssertion {
            client: self.id.clone(),
            id: id(),
            expires: now.plus_ms(60_000),
        };
        let assertion = assertion.sign(&bank.url, now, &self.key)?;
        let challenge = Hash::of(id().as_bytes()).to_string();
        let form = [
            ("client_assertion_type", ClientAssertion::PARAMETER),
            ("client_assertion", &assertion),
            ("client_id", APP),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", "openid"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        let pushed = bank.client.post(format!("{}/openid/par", bank.url));
        let pushed = pushed
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let pushed: Value = answered(pushed).await?.json().await?;
        let request = pushed.get("request_uri").and_then(Value::as_str);
        let request = request.context("no request_uri")?;
        let mut query = Serializer::new(String::new());
        query
            .append_pair("client_id", APP)
            .append_pair("request_uri", request);
        Ok(query.finish())
    }
}
