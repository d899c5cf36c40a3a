//! The provider's ID token (OpenID Connect Core, 2 and 3.1.3.7).

use super::keys::{ProviderKeys, is_allowed};
use super::settings::ProviderSettings;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use types::{CustomerId, Time};

/// Maximum length of an ID token in bytes.
const LENGTH_MAX: usize = 32 * 1024;

/// Maximum time by which the provider's clock may differ, in seconds.
pub(super) const CLOCKS_DIFFER_S: u64 = 10;

/// What an ID token must answer.
pub(super) struct Expected<'a> {
    pub(super) provider: &'a ProviderSettings,
    /// The `nonce` of this login.
    pub(super) nonce: &'a str,
    /// When the challenge was given. The person logs in afterwards.
    pub(super) given: Time,
    pub(super) now: Time,
}

/// Who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proven {
    pub(super) customer: CustomerId,
    /// Who they are at the provider: `sub`.
    pub(super) subject: String,
    /// Their login there, if the provider names it: `sid`.
    pub(super) session: Option<String>,
    /// When they did, at most the time now.
    pub(super) authenticated: Time,
}

/// Why an ID token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Its key is not among the provider's, which may have new ones.
    UnknownKey,
    /// A stable word for the check that failed.
    Check(&'static str),
}

/// Verifies an ID token: the signature first, so that nothing else of a forged one is read.
pub(super) fn verify(
    text: &str,
    keys: &ProviderKeys,
    expected: &Expected<'_>,
) -> Result<Proven, Flaw> {
    let claims = signed(text, keys)?;
    claims.check(expected).map_err(Flaw::Check)
}

/// The claims of a token of the provider's, if one of its keys signed them.
pub(super) fn signed(text: &str, keys: &ProviderKeys) -> Result<Claims, Flaw> {
    let malformed = Flaw::Check("not_an_id_token");
    if text.len() > LENGTH_MAX {
        return Err(malformed);
    }
    // `none` and what else this library does not know are no algorithm to it.
    let header = decode_header(text).map_err(|_| Flaw::Check("another_algorithm"))?;
    if !is_allowed(header.alg) {
        return Err(Flaw::Check("another_algorithm"));
    }
    let key = keys.find(header.kid.as_deref(), header.alg);
    let key = key.ok_or(Flaw::UnknownKey)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Flaw::UnknownKey)?;
    let mut only_the_signature = Validation::new(header.alg);
    only_the_signature.required_spec_claims.clear();
    // Below, with the bank's clock.
    only_the_signature.validate_exp = false;
    only_the_signature.validate_aud = false;
    let decoded = decode(text, &key, &only_the_signature);
    let decoded = decoded.map_err(|_| Flaw::Check("signature_invalid"))?;
    Ok(Claims(decoded.claims))
}

/// The claims of a token that the provider signed.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<Proven, &'static str> {
        let (provider, now) = (expected.provider, expected.now.seconds());
        let client = provider.client.as_str();
        if self.text("iss") != Some(&provider.issuer) {
            return Err("another_issuer");
        }
        if !self.is_for(client) {
            return Err("another_audience");
        }
        if self.0.contains_key("azp") && self.text("azp") != Some(client) {
            return Err("another_authorized_party");
        }
        let seconds = |name| self.0.get(name).and_then(Value::as_u64);
        let begins = self.0.get("nbf").map_or(Some(0), Value::as_u64);
        let (issued, begins) = (seconds("iat").ok_or("no_times")?, begins.ok_or("no_times")?);
        if issued.max(begins) > now + CLOCKS_DIFFER_S {
            return Err("token_from_the_future");
        }
        if now >= seconds("exp").ok_or("no_times")? {
            return Err("token_expired");
        }
        if self.text("nonce") != Some(expected.nonce) {
            return Err("another_nonce");
        }
        let authenticated = seconds("auth_time").ok_or("no_auth_time")?;
        if authenticated > now + CLOCKS_DIFFER_S {
            return Err("token_from_the_future");
        }
        if authenticated + CLOCKS_DIFFER_S < expected.given.seconds() {
            return Err("login_before_the_challenge");
        }
        let acr = self.text("acr");
        if !provider.acr.is_empty() && !provider.acr.iter().any(|one| acr == Some(one)) {
            return Err("another_acr");
        }
        let customer = self.0.get(&provider.claim).ok_or("no_customer")?;
        let customer = customer.as_str().and_then(|number| number.parse().ok());
        Ok(Proven {
            customer: customer.ok_or("not_a_customer_number")?,
            subject: self.text("sub").ok_or("no_subject")?.to_owned(),
            session: self.text("sid").map(str::to_owned),
            authenticated: Time::from_ms(authenticated.saturating_mul(1000)).min(expected.now),
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether the token is for this client alone: other audiences are not trusted (OpenID Connect Core, 3.1.3.7).
    pub(super) fn is_for(&self, client: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::Array(audiences)) => {
                matches!(audiences.as_slice(), [only] if only.as_str() == Some(client))
            }
            audience => audience.and_then(Value::as_str) == Some(client),
        }
    }
}
