//! What the web app and the plain pages have in common: the person's choice between them, and a header.

/// For that long a browser asks by TLS alone.
pub(super) const YEAR: &str = "max-age=31536000";

/// Which pages the person chose for this browser.
pub(super) const CHOICE: &str = "passbook-pages";

/// The choice of the app, where the browser would get plain pages.
pub(super) const APP: &str = "app";

/// What the person chose, which is no secret.
pub(super) fn choice(name: &str, value: &str, seconds: u32) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
