//! A person who logs in at the outside provider, on a device.

use super::provider::{OutsideProvider, PROVIDER};
use crate::bank::{Bank, ISSUER};
use crate::person::{Answered, Person};
use ciam::{ProviderSettings, Settings};
use protocol::http::{ProviderAnswer, ProviderLogin, SessionBegun};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use types::{Hash, base64url};

pub(crate) const BACK: &str = "http://127.0.0.1:8123/back";

/// A bank whose people log in at the provider.
pub(crate) async fn bank() -> (Bank, Arc<OutsideProvider>) {
    bank_with(OutsideProvider::settings()).await
}

pub(crate) async fn bank_with(settings: ProviderSettings) -> (Bank, Arc<OutsideProvider>) {
    let provider = Some(settings);
    let bank = Bank::with(Settings {
        provider,
        ..Settings::new(ISSUER)
    });
    let (bank, provider) = (bank.await, OutsideProvider::new());
    bank.neighbour.state().login_provider = Some(provider.clone());
    (bank, provider)
}

/// A login that a device began, with the PKCE secret that it made.
pub(crate) struct Visit {
    pub(crate) login: ProviderLogin,
    pub(crate) verifier: String,
}

impl Visit {
    pub(crate) fn new(login: ProviderLogin) -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).unwrap();
        let verifier = base64url::encode(&secret);
        Self { login, verifier }
    }

    /// What the browser asks the provider for, with what the device adds.
    pub(crate) fn asked(&self) -> HashMap<String, String> {
        let (endpoint, query) = self.login.authorization.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{PROVIDER}/auth"));
        let mut asked: HashMap<_, _> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let challenge = Hash::of(self.verifier.as_bytes());
        let challenge = base64url::encode(challenge.as_bytes());
        asked.insert("code_challenge".into(), challenge);
        asked.insert("redirect_uri".into(), BACK.into());
        asked
    }

    /// What the device sends the bank when it got `code`.
    pub(crate) fn answer(&self, code: &str) -> ProviderAnswer {
        ProviderAnswer {
            challenge: self.login.challenge.clone(),
            code: code.into(),
            code_verifier: self.verifier.clone(),
            redirect_uri: BACK.into(),
            issuer: None,
        }
    }
}

impl Person<'_> {
    /// Begins a login at the provider.
    pub(crate) async fn visit(&self) -> Visit {
        let challenge = ("POST", "/v1/login/provider/challenge");
        let login = self.ask(challenge, &self.channel_token, None).await;
        Visit::new(login.unwrap())
    }

    pub(crate) async fn send_answer(&self, answer: &ProviderAnswer) -> Answered<SessionBegun> {
        let body = json!(answer);
        self.post("/v1/login/provider", &self.channel_token, body)
            .await
    }

    /// Logs in at the provider as `customer`, with an ID token whose claims are changed.
    pub(crate) async fn log_in_at(
        &self,
        provider: &OutsideProvider,
        customer: &str,
        change: impl FnOnce(&mut Json),
    ) -> Answered<SessionBegun> {
        let visit = self.visit().await;
        let code = provider.log_in(&visit.asked(), (customer, self.bank.now()), change);
        self.send_answer(&visit.answer(&code)).await
    }
}
