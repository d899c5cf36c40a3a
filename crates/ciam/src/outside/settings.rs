//! The provider, as the bank configured it.

use crate::endpoint::is_endpoint;
use std::fmt;
use types::ClientId;
use zeroize::Zeroizing;

/// Claims that the specification defines (OpenID Connect Core, 2; RFC 7519, 4.1), but for `sub`. None of them names a
/// customer.
const CLAIMS_OF_THE_TOKEN: [&str; 13] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
];

/// An OpenID provider that logs people in for the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// The provider's issuer, to the byte. Its metadata are read below it.
    pub issuer: String,
    /// The bank's client at the provider.
    pub client: ClientId,
    /// The client's secret. Without one the client authenticates with `private_key_jwt`, by the keys of the bank's tokens.
    pub secret: Option<ClientSecret>,
    /// The claim of the ID token that is the customer number.
    pub claim: String,
    /// The scopes that are asked for; `openid` is one.
    pub scopes: Vec<String>,
    /// The authentication context classes of which a login must have one. Any will do if there is none.
    pub acr: Vec<String>,
    /// Whether a login at the provider enrols a device, in place of an activation code.
    pub enrols: bool,
}

/// A client's secret. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// The secret; what is wrong with it otherwise.
    pub fn new(text: Zeroizing<String>) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > 1024 || text.chars().any(char::is_control) {
            return Err("a secret is one line of 1 to 1,024 bytes");
        }
        Ok(Self(text))
    }

    /// The secret, to be sent to the provider's token endpoint.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(redacted)")
    }
}

impl ProviderSettings {
    /// Refuses invalid settings: the key, and what is wrong.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !is_endpoint(&self.issuer) {
            let problem = "the issuer is `https://`, or `http://` on this machine, without query and fragment";
            return Err(("issuer", problem));
        }
        let claim = self.claim.as_str();
        if claim.is_empty() || CLAIMS_OF_THE_TOKEN.contains(&claim) {
            return Err(("claim", "the claim must be one that names the customer"));
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err(("scopes", "openid must be one of the scopes"));
        }
        if !self.scopes.iter().all(|scope| is_word(scope)) {
            let problem = "a scope has visible characters, without spaces and quotation marks";
            return Err(("scopes", problem));
        }
        if !self.acr.iter().all(|acr| is_word(acr)) {
            return Err(("acr", "an authentication context class has no spaces"));
        }
        Ok(())
    }
}

/// A word of a list that is separated by spaces (RFC 6749, 3.3).
fn is_word(text: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !text.is_empty() && text.bytes().all(is_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProviderSettings {
        ProviderSettings {
            issuer: "https://login.example/realms/bank".into(),
            client: "ciam".parse().unwrap(),
            secret: None,
            claim: "customer_number".into(),
            scopes: vec!["openid".into()],
            acr: Vec::new(),
            enrols: false,
        }
    }

    #[test]
    fn bad_settings_are_refused_by_name() {
        assert_eq!(settings().check(), Ok(()));
        let check = |expected: &str, change: fn(&mut ProviderSettings)| {
            let mut changed = settings();
            change(&mut changed);
            assert_eq!(changed.check().unwrap_err().0, expected);
        };
        for issuer in [
            "",
            "login.example",
            "http://login.example",
            "http://127.0.0.1.login.example",
            "https://login.example?realm=bank",
            "https://login.example#bank",
        ] {
            let mut changed = settings();
            changed.issuer = issuer.into();
            assert_eq!(changed.check().unwrap_err().0, "issuer", "{issuer}");
        }
        check("claim", |settings| settings.claim = String::new());
        check("claim", |settings| settings.claim = "nonce".into());
        check("scopes", |settings| settings.scopes = Vec::new());
        check("scopes", |settings| settings.scopes.push("a b".into()));
        check("acr", |settings| settings.acr.push("a b".into()));
    }

    #[test]
    fn a_secret_is_one_line_and_is_not_printed() {
        let secret = |text: &str| ClientSecret::new(Zeroizing::new(text.into()));
        assert_eq!(
            format!("{:?}", secret("hush").unwrap()),
            "ClientSecret(redacted)"
        );
        assert!(secret("").is_err() && secret("hush\n").is_err());
    }
}
