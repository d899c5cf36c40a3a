//! The clients, as the bank configured them.

use super::scope::{Scope, Scopes};
use token::{ClientKeys, HttpUrl};
use types::{ClientId, text};

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
    /// The public keys of its assertions.
    pub keys: ClientKeys,
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
        if !(1..=8).contains(&self.keys.keys().len()) {
            return Err("a client has 1 to 8 public keys on P-256");
        }
        if !self.scopes.contains(Scope::OpenId) {
            return Err("every client may ask for openid");
        }
        if !self.logout_uri.iter().all(|uri| is_redirect_uri(uri)) {
            return Err(
                "a logout URI is `https://`, or `http://` on this machine, without a fragment",
            );
        }
        if !self.redirect_uris.iter().all(|uri| is_redirect_uri(uri)) {
            return Err(
                "a redirect URI is `https://`, or `http://` on this machine, without a fragment",
            );
        }
        Ok(())
    }
}

/// Whether an answer may be sent there: unencrypted only to this machine (FAPI 2.0 Security Profile, 5.3.2.2).
fn is_redirect_uri(uri: &str) -> bool {
    let (address, query) = uri.split_once('?').unwrap_or((uri, ""));
    let on_this_machine = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let local = on_this_machine.iter().any(|host| {
        let rest = address.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    let query_fits = query
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    address.parse::<HttpUrl>().is_ok() && query_fits && (local || address.starts_with("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_encrypted_or_within_this_machine() {
        for (uri, expected) in [
            ("https://shop.example/back", true),
            ("https://shop.example/back?shop=1", true),
            ("http://127.0.0.1:8123/back", true),
            ("http://localhost/back", true),
            ("http://[::1]:1", true),
            ("http://shop.example/back", false),
            ("http://127.0.0.1.shop.example/back", false),
            ("http://localhost@shop.example/back", false),
            ("https://shop.example/back#part", false),
            ("https://shop.example/back?a=1#part", false),
            ("https://shop.example/back?a=1 2", false),
            ("shop:back", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(is_redirect_uri(uri), expected, "{uri}");
        }
    }
}
