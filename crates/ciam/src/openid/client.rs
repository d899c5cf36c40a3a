//! The clients, as the bank configured them.

use crate::endpoint::is_endpoint_with_query;
use std::sync::Arc;
use token::{ClientKeys, Scope, Scopes};
use types::{ClientId, text};

/// Maximum keys of a client: an assertion that names none of them may need as many key operations.
pub(crate) const KEYS_MAX: usize = 8;

/// Where the public keys of a client's assertions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In the configuration.
    Configured(Arc<ClientKeys>),
    /// At this address, where the client changes them as it likes.
    At(String),
}

/// An app that may ask who somebody is. All clients are confidential: each authenticates with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client.
    pub id: ClientId,
    /// Its name, as people know it.
    pub name: String,
    /// Where people are sent back to, each exactly as the client sends it.
    pub redirect_uris: Vec<String>,
    /// Where it hears of logins that ended (OpenID Connect Back-Channel Logout, 2.2).
    pub logout_uri: Option<String>,
    /// Where it hears what changed for people who permit it to know (RFC 8935, 2).
    pub webhook_uri: Option<String>,
    /// The public keys of its assertions.
    pub keys: KeySource,
    /// What it may ask people for.
    pub scopes: Scopes,
    /// Whether it may introspect the tokens of all clients: an API of the bank, which accepts them.
    pub introspects: bool,
}

/// The OpenID provider for the bank's other apps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenIdSettings {
    /// The clients.
    pub clients: Vec<Client>,
}

impl OpenIdSettings {
    /// Refuses invalid clients: what is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        for (nth, client) in self.clients.iter().enumerate() {
            let others = self.clients.iter().skip(nth + 1);
            if others.into_iter().any(|other| other.id == client.id) {
                return Err("two clients have one id");
            }
            client.check()?;
        }
        Ok(())
    }
}

impl Client {
    fn check(&self) -> Result<(), &'static str> {
        if !(1..=64).contains(&self.name.chars().count()) || text::check(&self.name).is_err() {
            return Err("a client's name has 1 to 64 characters that are what they look like");
        }
        match &self.keys {
            KeySource::Configured(keys) if !(1..=KEYS_MAX).contains(&keys.keys().len()) => {
                return Err("a client has 1 to 8 public keys on P-256");
            }
            KeySource::At(uri) if !is_endpoint_with_query(uri) => {
                return Err(
                    "a JWKS URI is `https://`, or `http://` on this machine, without a fragment",
                );
            }
            _ => {}
        }
        if !self.scopes.contains(Scope::OpenId) {
            return Err("every client may ask for openid");
        }
        let mut told = self.logout_uri.iter().chain(&self.webhook_uri);
        if !told.all(|uri| is_endpoint_with_query(uri)) {
            return Err(
                "a logout or webhook URI is `https://`, or `http://` on this machine, without a fragment",
            );
        }
        if !self
            .redirect_uris
            .iter()
            .all(|uri| is_endpoint_with_query(uri))
        {
            return Err(
                "a redirect URI is `https://`, or `http://` on this machine, without a fragment",
            );
        }
        Ok(())
    }
}
