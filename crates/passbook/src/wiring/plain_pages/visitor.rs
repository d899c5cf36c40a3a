//! The browser that asks for a plain page, and what it keeps.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use ciam::{Form, PlainBrowser};
use http_edge::{Stranger, languages};
use portal::texts::Language;
use std::convert::Infallible;
use subtle::ConstantTimeEq as _;
use types::Hash;

/// The session variable. No other host can set a cookie of this prefix, and none without TLS.
pub(super) const SESSION: &str = "__Host-passbook-plain";

/// The language that the person chose.
pub(super) const LANGUAGE: &str = "passbook-language";

/// Who asks for a plain page.
pub(super) struct Visitor {
    pub(super) browser: PlainBrowser,
    pub(super) language: Language,
    /// The session variable that the browser keeps: of a visit, or of a session.
    pub(super) session: Option<String>,
    pub(super) stranger: Stranger,
}

impl Visitor {
    /// The session variable, if the form was on a page that this browser was given with it (CSRF).
    pub(super) fn sent_by_own_page(&self, form: &Form) -> Option<&str> {
        let kept = self.session.as_deref()?;
        let token = form.get("token").unwrap_or_default();
        let is_own: bool = form_token(kept).as_bytes().ct_eq(token.as_bytes()).into();
        is_own.then_some(kept)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let stranger = Stranger::from_request_parts(parts, state).await?;
        let headers = &parts.headers;
        let description = headers.get(USER_AGENT).map(|value| value.as_bytes());
        Ok(Self {
            browser: PlainBrowser {
                description: Hash::of(description.unwrap_or_default()),
                address: stranger.address(),
            },
            language: language(headers),
            session: http_edge::cookie(headers, SESSION).map(str::to_owned),
            stranger,
        })
    }
}

/// The language that the person chose, or the browser asks for.
fn language(headers: &HeaderMap) -> Language {
    let chosen = http_edge::cookie(headers, LANGUAGE);
    Language::preferred(chosen.into_iter().chain(languages(headers)))
}

/// What a page's forms send back. Whoever sees it does not learn the session variable.
pub(super) fn form_token(kept: &str) -> String {
    Hash::of(format!("passbook plain form\n{kept}").as_bytes()).to_string()
}

/// A secret that the browser keeps until it is closed.
pub(super) fn keep(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// A cookie that the browser forgets.
pub(super) fn forgotten(name: &str) -> String {
    format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}
