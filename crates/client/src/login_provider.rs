//! Logins at the OpenID provider that logs people in for the bank (RFC 8252; RFC 7636).

use crate::bank::{Bank, Call, percent_encoded};
use crate::error::SyncError;
use crate::pass::Pass;
use crate::platform::Platform;
use protocol::http::{ProviderAnswer, ProviderLogin};
use std::fmt;
use types::{Hash, base64url};
use zeroize::Zeroizing;

/// Maximum length of the provider's word for a refusal.
const REFUSAL_MAX: usize = 64;

/// A login at the provider that this device began. The person goes to [`address`](Self::address) with a browser, which
/// brings the provider's answer to the redirect address.
pub struct ProviderVisit {
    login: ProviderLogin,
    redirect_uri: String,
    state: String,
    verifier: Zeroizing<String>,
}

impl fmt::Debug for ProviderVisit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderVisit").finish_non_exhaustive()
    }
}

impl ProviderVisit {
    /// Begins a login on this device, whose answer goes to `redirect_uri`.
    pub(crate) async fn begin<P: Platform>(
        bank: &Bank<P>,
        pass: &Pass,
        redirect_uri: &str,
    ) -> Result<Self, SyncError> {
        let begin = Call::create("/v1/login/provider/challenge", &pass.channel);
        let login = bank.json(begin).await?;
        Ok(Self::new(bank, login, redirect_uri))
    }

    pub(crate) fn new<P: Platform>(
        bank: &Bank<P>,
        login: ProviderLogin,
        redirect_uri: &str,
    ) -> Self {
        Self {
            login,
            redirect_uri: redirect_uri.to_owned(),
            state: base64url::encode(&bank.random.draw::<16>()),
            verifier: Zeroizing::new(base64url::encode(&bank.random.draw::<32>())),
        }
    }

    /// Where the person logs in.
    #[must_use]
    pub fn address(&self) -> String {
        let challenge = Hash::of(self.verifier.as_bytes());
        format!(
            "{}&redirect_uri={}&state={}&code_challenge={}&code_challenge_method=S256",
            self.login.authorization,
            percent_encoded(&self.redirect_uri),
            self.state,
            base64url::encode(challenge.as_bytes()),
        )
    }

    /// How long the person has, in milliseconds.
    #[must_use]
    pub const fn timeout_ms(&self) -> u64 {
        self.login.timeout_ms
    }

    /// Whether the query of a request to the redirect address is the answer to this login. Any page can send a browser there.
    #[must_use]
    pub fn is_answer(&self, query: &str) -> bool {
        parameter(query, "state").is_some_and(|state| state == self.state)
    }

    /// What the bank gets of the answer.
    pub(crate) fn answer(&self, query: &str) -> Result<ProviderAnswer, SyncError> {
        if !self.is_answer(query) {
            return Err(SyncError::AnotherLogin);
        }
        if let Some(error) = parameter(query, "error") {
            let visible = error.chars().filter(char::is_ascii_graphic);
            return Err(SyncError::ProviderRefused(
                visible.take(REFUSAL_MAX).collect(),
            ));
        }
        Ok(ProviderAnswer {
            challenge: self.login.challenge.clone(),
            code: parameter(query, "code").ok_or(SyncError::AnotherLogin)?,
            code_verifier: self.verifier.to_string(),
            redirect_uri: self.redirect_uri.clone(),
            issuer: parameter(query, "iss"),
        })
    }
}

/// The value of a parameter that the query has once.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> ProviderVisit {
        ProviderVisit {
            login: ProviderLogin {
                challenge: vec![7].into(),
                authorization: "https://login.example/auth?nonce=Bw".into(),
                timeout_ms: 300_000,
            },
            redirect_uri: "http://127.0.0.1:8123/back".into(),
            state: "own".into(),
            verifier: Zeroizing::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()),
        }
    }

    /// The verifier and the challenge are those of RFC 7636, appendix B.
    #[test]
    fn the_address_has_state_and_the_hash_of_the_verifier() {
        assert_eq!(
            visit().address(),
            "https://login.example/auth?nonce=Bw&redirect_uri=http%3A%2F%2F127.0.0.1%3A8123%2Fback&state=own\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
    }

    #[test]
    fn only_the_answer_to_this_login_reaches_the_bank() {
        let answer = visit()
            .answer("code=c%2B1&state=own&iss=https%3A%2F%2Flogin.example")
            .unwrap();
        assert_eq!(answer.code, "c+1");
        assert_eq!(answer.issuer.as_deref(), Some("https://login.example"));
        for other in [
            "code=c",
            "code=c&state=other",
            "code=c&state=own&state=own",
            "state=own",
            "code=c&code=d&state=own",
        ] {
            let refused = visit().answer(other);
            assert!(matches!(refused, Err(SyncError::AnotherLogin)), "{other}");
        }
        let refused = visit().answer("error=access_denied%0A&state=own");
        assert!(
            matches!(refused, Err(SyncError::ProviderRefused(word)) if word == "access_denied")
        );
    }
}
