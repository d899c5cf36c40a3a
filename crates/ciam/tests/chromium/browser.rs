//! A browser with an authenticator.

use serde_json::{Value as Json, json};
use testkit::chromium::{Authenticator, Page};
use types::base64url;
use webauthn::Assertion;

pub(crate) struct Browser {
    pub(crate) page: Page,
    authenticator: Authenticator,
}

pub(crate) fn bytes(text: &Json) -> Vec<u8> {
    base64url::decode(text.as_str().unwrap()).unwrap()
}

/// An assertion as the browser returned it.
pub(crate) fn assertion(made: &Json) -> Assertion {
    let response = &made["response"];
    Assertion {
        credential: bytes(&made["rawId"]),
        authenticator_data: bytes(&response["authenticatorData"]),
        client_data_json: bytes(&response["clientDataJSON"]),
        signature: bytes(&response["signature"]),
    }
}

impl Browser {
    /// A browser at `url`, with an authenticator that differs from the usual one in `changes`.
    pub(crate) async fn at(url: &str, changes: Json) -> Self {
        let mut page = Page::open().await;
        page.visit(url).await;
        let authenticator = Authenticator::add(&mut page, &changes).await.unwrap();
        Self {
            page,
            authenticator,
        }
    }

    /// Replaces the authenticator.
    pub(crate) async fn replace_authenticator(self, changes: Json) -> Self {
        let Self {
            mut page,
            authenticator,
        } = self;
        authenticator.remove(&mut page).await;
        let authenticator = Authenticator::add(&mut page, &changes).await.unwrap();
        Self {
            page,
            authenticator,
        }
    }

    /// A command about the authenticator.
    pub(crate) async fn set(&mut self, command: &str, params: Json) -> Json {
        let answered = self.authenticator.call(&mut self.page, command, params);
        answered.await.unwrap()
    }

    /// The passkeys that the authenticator has, as the protocol describes them.
    pub(crate) async fn passkeys(&mut self) -> Vec<Json> {
        let answer = self.set("getCredentials", json!({})).await;
        answer["credentials"].as_array().unwrap().clone()
    }

    /// What the page gets for `create` or `get` with ciam's options, as JSON. `Err` has what it throws.
    pub(crate) async fn ceremony(
        &mut self,
        name: &str,
        options: &Json,
        change: &Json,
    ) -> Result<Json, String> {
        let ceremonies = include_str!("ceremonies.js").trim_end();
        let expression = format!("{ceremonies}.{name}({options}, {change})");
        self.page.evaluate(&expression).await
    }
}
