//! What the web app and the plain pages have in common: what a browser keeps of a person's choices, and a header.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// For that long a browser asks by TLS alone.
pub(super) const YEAR: &str = "max-age=31536000";

/// Which pages the person chose for this browser.
pub(super) const CHOICE: &str = "passbook-pages";

/// The choice of the app, where the browser would get plain pages.
pub(super) const APP: &str = "app";

/// The value of a cookie. `None` if the browser sends it twice: one of them is not ours.
pub(super) fn kept<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut values = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(other, _)| *other == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// What the person chose, which is no secret.
pub(super) fn choice(name: &str, value: &str, seconds: u32) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
