//! The configured clients of the OpenID provider: the bank's other apps.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use token::ClientKeys;
use types::ClientId;

/// The bank's other apps, which may ask people who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OpenId {
    pub(crate) clients: Vec<Client>,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) name: String,
    pub(crate) redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) logout_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jwks: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jwks_uri: Option<String>,
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) introspects: bool,
}

impl OpenId {
    /// The settings, with the clients' keys. Otherwise what is wrong.
    pub(crate) fn settings(&self) -> Result<ciam::OpenIdSettings, String> {
        let client = |client: &Client| {
            let named = |problem: String| format!("{}: {problem}", client.id);
            let scopes = client.scopes.join(" ").parse();
            Ok(ciam::Client {
                id: client.id.clone(),
                name: client.name.clone(),
                redirect_uris: client.redirect_uris.clone(),
                logout_uri: client.logout_uri.clone(),
                webhook_uri: client.webhook_uri.clone(),
                keys: client.keys().map_err(named)?,
                scopes: scopes.map_err(|error: token::UnknownScope| named(error.to_string()))?,
                introspects: client.introspects,
            })
        };
        let clients = self.clients.iter().map(client);
        let settings = ciam::OpenIdSettings {
            clients: clients.collect::<Result<_, String>>()?,
        };
        settings.check()?;
        Ok(settings)
    }
}

impl Client {
    fn keys(&self) -> Result<ciam::KeySource, String> {
        match (&self.jwks, &self.jwks_uri) {
            (Some(path), None) => Ok(ciam::KeySource::Configured(Arc::new(keys(path)?))),
            (None, Some(uri)) => Ok(ciam::KeySource::At(uri.clone())),
            _ => Err("either jwks or jwks_uri says where its keys are".to_owned()),
        }
    }
}

/// The keys in a file with a JWK Set (RFC 7517, 5).
fn keys(path: &Path) -> Result<ClientKeys, String> {
    let file = std::fs::read(path);
    let file = file.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let keys = serde_json::from_slice(&file);
    keys.map_err(|error| format!("{} is not a set of public keys: {error}", path.display()))
}
