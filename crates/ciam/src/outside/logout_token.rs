//! The provider's logout token (OpenID Connect Back-Channel Logout, 2.4 and 2.6).

use super::id_token::{CLOCKS_DIFFER_S, Claims, Flaw, signed};
use super::keys::ProviderKeys;
use super::settings::ProviderSettings;
use serde_json::Value;
use types::Time;

/// How long after its `iat` a token is accepted, in seconds. Its `jti` is remembered that long.
const AGE_MAX_S: u64 = 300;

/// Maximum length of `jti`, `sub` and `sid` in bytes.
const ID_MAX: usize = 255;

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a logout token says. It names whose logins have ended, or one login, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Logout {
    pub(super) id: String,
    /// Who logged in there: `sub`.
    pub(super) subject: Option<String>,
    /// The login there: `sid`.
    pub(super) session: Option<String>,
    /// The end of the second in which it was issued.
    pub(super) ended: Time,
    /// Until when the same token would be accepted.
    pub(super) good_until: Time,
}

/// Verifies a logout token: the signature first, so that nothing else of a forged one is read.
pub(super) fn verify(
    text: &str,
    keys: &ProviderKeys,
    (provider, now): (&ProviderSettings, Time),
) -> Result<Logout, Flaw> {
    let claims = signed(text, keys)?;
    check(&claims, provider, now.seconds()).map_err(Flaw::Check)
}

fn check(claims: &Claims, provider: &ProviderSettings, now: u64) -> Result<Logout, &'static str> {
    if claims.text("iss") != Some(&provider.issuer) {
        return Err("another_issuer");
    }
    if !claims.is_for(provider.client.as_str()) {
        return Err("another_audience");
    }
    let issued = claims.get("iat").and_then(Value::as_u64);
    let issued = issued.ok_or("no_times")?;
    if issued > now + CLOCKS_DIFFER_S {
        return Err("token_from_the_future");
    }
    if now > issued + AGE_MAX_S {
        return Err("token_too_old");
    }
    // Providers of before the standard's final form have none.
    let ends = claims.get("exp").map_or(Some(u64::MAX), Value::as_u64);
    if now >= ends.ok_or("no_times")? {
        return Err("token_expired");
    }
    // An ID token has a nonce and no event: neither is good for the other.
    let events = claims.get("events").and_then(Value::as_object);
    if !events.is_some_and(|events| events.get(LOGOUT).is_some_and(Value::is_object)) {
        return Err("no_logout_event");
    }
    if claims.get("nonce").is_some() {
        return Err("has_a_nonce");
    }
    let id = |name| {
        claims
            .text(name)
            .filter(|id| (1..=ID_MAX).contains(&id.len()))
    };
    let (subject, session) = (id("sub"), id("sid"));
    if subject.or(session).is_none() {
        return Err("names_no_login");
    }
    Ok(Logout {
        id: id("jti").ok_or("no_jti")?.to_owned(),
        subject: subject.map(str::to_owned),
        session: session.map(str::to_owned),
        ended: Time::from_ms(issued.saturating_mul(1000).saturating_add(999)),
        good_until: Time::from_ms((issued + AGE_MAX_S + 1).saturating_mul(1000)),
    })
}
