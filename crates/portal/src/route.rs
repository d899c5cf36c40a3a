//! The app's addresses. None contains an account number, a name or an amount: they stay in the browser's history.

use std::fmt::{self, Display, Write};

/// Where the plain pages are: for browsers that cannot run the app.
pub const PLAIN: &str = "/plain";

/// A page of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Accounts and newest entries.
    Home,
    /// An account, by its ordinal in the list of accounts, from 1.
    Account(usize),
    /// An account's statement of a month, the month as `YYYY-MM`.
    Statement(usize, String),
    /// An entry, by the event's id.
    Entry(String),
    /// A payment.
    Pay,
    /// The orders of this device.
    Orders,
    /// Payees and standing orders.
    Payees,
    /// Devices, passkeys, sessions, limits.
    Security,
    /// The app's settings.
    Settings,
    /// Help.
    Help,
    /// An address that the app does not have.
    Unknown,
}

impl Route {
    /// The page with this path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let parts = path.split('/').filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.collect();
        match parts.as_slice() {
            // What was an activation is the home page once the passbook is open.
            [] | ["welcome"] => Self::Home,
            ["accounts", ordinal] => ordinal_of(ordinal).map_or(Self::Unknown, Self::Account),
            ["accounts", ordinal, month] => match ordinal_of(ordinal) {
                Some(ordinal) if is_month(month) => Self::Statement(ordinal, (*month).to_owned()),
                _ => Self::Unknown,
            },
            ["entries", id] => decoded(id).map_or(Self::Unknown, Self::Entry),
            ["pay"] => Self::Pay,
            ["orders"] => Self::Orders,
            ["payees"] => Self::Payees,
            ["security"] => Self::Security,
            ["settings"] => Self::Settings,
            ["help"] => Self::Help,
            _ => Self::Unknown,
        }
    }
}

impl Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home | Self::Unknown => f.write_str("/"),
            Self::Account(ordinal) => write!(f, "/accounts/{ordinal}"),
            Self::Statement(ordinal, month) => write!(f, "/accounts/{ordinal}/{month}"),
            Self::Entry(id) => write!(f, "/entries/{}", encoded(id)),
            Self::Pay => f.write_str("/pay"),
            Self::Orders => f.write_str("/orders"),
            Self::Payees => f.write_str("/payees"),
            Self::Security => f.write_str("/security"),
            Self::Settings => f.write_str("/settings"),
            Self::Help => f.write_str("/help"),
        }
    }
}

fn ordinal_of(text: &str) -> Option<usize> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

fn is_month(text: &str) -> bool {
    format!("{text}-01").parse::<types::BusinessDate>().is_ok()
}

/// Percent-encoding of everything but unreserved characters (RFC 3986, 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_again_by_its_path() {
        for (route, path) in [
            (Route::Home, "/"),
            (Route::Account(2), "/accounts/2"),
            (Route::Statement(2, "2026-09".into()), "/accounts/2/2026-09"),
            (Route::Entry("0199-a".into()), "/entries/0199-a"),
            (Route::Entry("a/ž %".into()), "/entries/a%2F%C5%BE%20%25"),
            (Route::Pay, "/pay"),
            (Route::Orders, "/orders"),
            (Route::Payees, "/payees"),
            (Route::Security, "/security"),
            (Route::Settings, "/settings"),
            (Route::Help, "/help"),
        ] {
            assert_eq!(route.to_string(), path);
            assert_eq!(Route::of(path), route);
        }
    }

    #[test]
    fn other_paths_are_no_page() {
        for path in [
            "/accounts",
            "/accounts/0",
            "/accounts/01",
            "/accounts/+1",
            "/accounts/two",
            "/accounts/1/2026-13",
            "/entries/%F",
            "/entries/%FF",
            "/pay/100",
        ] {
            assert_eq!(Route::of(path), Route::Unknown, "{path}");
        }
    }
}
