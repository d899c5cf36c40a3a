//! The configured outside provider that logs people in.

use ciam::{ClientSecret, ProviderSettings};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use types::ClientId;
use zeroize::Zeroizing;

/// An OpenID provider that logs people in, in ciam's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginProvider {
    pub(crate) issuer: String,
    pub(crate) client: ClientId,
    /// The file with the client's secret.
    #[serde(default)]
    pub(crate) secret: Option<PathBuf>,
    pub(crate) claim: String,
    #[serde(default = "openid")]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) acr: Vec<String>,
    #[serde(default)]
    pub(crate) enrols: bool,
}

fn openid() -> Vec<String> {
    vec!["openid".to_owned()]
}

impl LoginProvider {
    /// The settings, with the client's secret. Otherwise what is wrong, and with which key.
    pub(super) fn settings(&self) -> Result<ProviderSettings, String> {
        let secret = self.secret.as_deref().map(secret).transpose();
        let settings = ProviderSettings {
            issuer: self.issuer.clone(),
            client: self.client.clone(),
            secret: secret.map_err(|problem| format!("secret: {problem}"))?,
            claim: self.claim.clone(),
            scopes: self.scopes.clone(),
            acr: self.acr.clone(),
            enrols: self.enrols,
        };
        let checked = settings.check();
        checked.map_err(|(key, problem)| format!("{key}: {problem}"))?;
        Ok(settings)
    }
}

/// The secret in a file. A line break at its end does not belong to it.
fn secret(path: &Path) -> Result<ClientSecret, String> {
    let file = std::fs::read_to_string(path).map(Zeroizing::new);
    let file = file.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let text = file.strip_suffix('\n').unwrap_or(&file);
    let secret = ClientSecret::new(Zeroizing::new(text.to_owned()));
    secret.map_err(|problem| format!("{}: {problem}", path.display()))
}
