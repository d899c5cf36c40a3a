//! Virtual authenticators.

use crate::chromium::Page;
use serde_json::{Value as Json, json};

/// An authenticator of the page's browser, instead of any real one.
#[derive(Debug)]
pub struct Authenticator(Json);

impl Authenticator {
    /// Adds one that is built into the machine, keeps passkeys, and verifies its user. `changes` replaces members of the
    /// protocol's `VirtualAuthenticatorOptions`.
    pub async fn add(page: &mut Page, changes: &Json) -> Result<Self, String> {
        page.call("WebAuthn.enable", json!({})).await?;
        let mut options = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        let options = json!({"options": options});
        let added = page
            .call("WebAuthn.addVirtualAuthenticator", options)
            .await?;
        Ok(Self(added["authenticatorId"].clone()))
    }

    /// The answer to a command of the protocol's domain `WebAuthn` about this authenticator.
    pub async fn call(
        &self,
        page: &mut Page,
        command: &str,
        mut params: Json,
    ) -> Result<Json, String> {
        params["authenticatorId"] = self.0.clone();
        page.call(&format!("WebAuthn.{command}"), params).await
    }

    /// Removes it, with its passkeys.
    pub async fn remove(self, page: &mut Page) {
        let removed = self.call(page, "removeVirtualAuthenticator", json!({}));
        removed.await.unwrap();
    }
}
