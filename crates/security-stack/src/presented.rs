//! What arrived at the door.

use ::http::{HeaderMap, HeaderName};
use http_edge::ServiceCaller;
use protocol::package::{CLIENT_SESSION, SERVER_KEY, SERVER_SESSION};

/// The cookie that marks a caller for 365 days.
pub(crate) const MARK: &str = "passbook-stopped";

/// A request, with its caller.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// Who called.
    pub caller: &'a ServiceCaller,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The header.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

/// Maximum fields of a header that a record keeps.
const FIELDS_MAX: usize = 40;

/// Maximum characters of a field's value that a record keeps.
const VALUE_CHARS_MAX: usize = 200;

impl<'a> Presented<'a> {
    /// A field of the header that is text, and is there once.
    pub(crate) fn field(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The header as a record keeps it: without keys and variables, which could be used by who reads it.
    pub(crate) fn recorded_fields(&self) -> Vec<(String, String)> {
        let is_secret = |name: &HeaderName| {
            [CLIENT_SESSION, SERVER_KEY, SERVER_SESSION].contains(&name.as_str())
        };
        let fields = self.headers.iter().take(FIELDS_MAX);
        let field = |(name, value): (&HeaderName, &::http::HeaderValue)| {
            let shown = if is_secret(name) {
                format!("({} bytes)", value.len())
            } else {
                let text = String::from_utf8_lossy(value.as_bytes());
                text.chars().take(VALUE_CHARS_MAX).collect()
            };
            (name.to_string(), shown)
        };
        fields.map(field).collect()
    }
}
