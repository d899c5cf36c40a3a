//! Normalised URLs for comparison. RFC 9449, 4.3 requires the normalisation of RFC 3986, 6.2.2 and 6.2.3.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;
use thiserror::Error;

/// The text is not an absolute `http` or `https` URL without user, query and fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a URL must be `https://` or `http://` with a host, an optional port and an optional path, and nothing else"
)]
pub struct HttpUrlError;

/// A normalised `http` or `https` URL. Two texts become equal if the generic syntax and the scheme's rules make them
/// name the same resource. `localhost` and `127.0.0.1` are different hosts.
///
/// The normal form: scheme and host in lower case; no default port; no path if it is `/`; no dot segments; only
/// necessary characters are percent-encoded, in upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpUrl {
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    path: String,
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, HttpUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(HttpUrlError)?;
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => ("http", 80),
            "https" => ("https", 443),
            _ => return Err(HttpUrlError),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(authority)?;
        let path = without_dot_segments(&unescaped(path, is_path_character)?);
        Ok(Self {
            scheme,
            host,
            port: port.filter(|port| *port != default_port),
            path: if path == "/" { String::new() } else { path },
        })
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

/// Splits an authority (RFC 3986, 3.2.2 and 3.2.3). An empty port counts as no port.
fn host_and_port(authority: &str) -> Result<(String, Option<u16>), HttpUrlError> {
    let end = match authority.strip_prefix('[') {
        Some(literal) => literal.find(']').ok_or(HttpUrlError)? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let port = match port {
        "" | ":" => None,
        port => {
            let digits = port.strip_prefix(':').ok_or(HttpUrlError)?;
            let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.parse().ok().filter(|_| decimal);
            Some(number.ok_or(HttpUrlError)?)
        }
    };
    let host = match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(literal) => {
            let address: Ipv6Addr = literal.parse().map_err(|_| HttpUrlError)?;
            format!("[{address}]")
        }
        None => unescaped(host, |byte| is_unreserved(byte) || is_sub_delimiter(byte))?
            .to_ascii_lowercase(),
    };
    // The host is in lower case now; its percent-encoded bytes go back to upper case.
    let host = unescaped(&host, |_| true)?;
    if host.is_empty() {
        return Err(HttpUrlError);
    }
    Ok((host, port))
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn is_sub_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
    )
}

const fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte) || is_sub_delimiter(byte) || matches!(byte, b'/' | b':' | b'@')
}

/// Normalises percent-encoding (RFC 3986, 6.2.2.1 and 6.2.2.2): unreserved characters stand for themselves, all other
/// octets become `%XX` in upper case. Refuses a character that is neither `allowed` nor percent-encoded.
fn unescaped(text: &str, allowed: impl Fn(u8) -> bool) -> Result<String, HttpUrlError> {
    let mut normal = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            if !allowed(byte) || !byte.is_ascii() {
                return Err(HttpUrlError);
            }
            normal.push(char::from(byte));
            continue;
        }
        let mut digit = || {
            let digit = bytes.next().map(char::from)?;
            digit
                .is_ascii_hexdigit()
                .then(|| digit.to_ascii_uppercase())
        };
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(HttpUrlError);
        };
        let octet = u8::from_str_radix(&format!("{high}{low}"), 16).map_err(|_| HttpUrlError)?;
        if is_unreserved(octet) {
            normal.push(char::from(octet));
        } else {
            normal.extend(['%', high, low]);
        }
    }
    Ok(normal)
}

/// Removes the dot segments of an absolute or empty path (RFC 3986, 5.2.4).
fn without_dot_segments(path: &str) -> String {
    let Some(path) = path.strip_prefix('/') else {
        return "/".into();
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if segments.peek().is_none() {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<HttpUrl>().unwrap().to_string()
    }

    #[test]
    fn equivalent_urls_have_one_form() {
        for (text, same) in [
            ("HTTP://Bank.EXAMPLE", "http://bank.example"),
            ("https://bank.example:443/", "https://bank.example"),
            ("https://bank.example:/", "https://bank.example"),
            ("http://bank.example:080", "http://bank.example"),
            ("http://bank.example:443", "http://bank.example:443"),
            ("https://bank.example:8443", "https://bank.example:8443"),
            ("https://b%61nk.ex%41mple", "https://bank.example"),
            ("https://b%c3%a9.example", "https://b%C3%A9.example"),
            ("https://[2001:DB8:0:0::1]:443/a", "https://[2001:db8::1]/a"),
            (
                "https://b.example/%7ea%2fb%3A",
                "https://b.example/~a%2Fb%3A",
            ),
            ("https://b.example/a/./b/../c", "https://b.example/a/c"),
            ("https://b.example/a/%2e%2E/c/.", "https://b.example/c/"),
            ("https://b.example/../..", "https://b.example"),
            ("https://b.example//a//", "https://b.example//a//"),
            ("https://b.example/A", "https://b.example/A"),
        ] {
            assert_eq!(normal(text), same, "{text}");
            assert_eq!(normal(same), same, "{text}");
        }
        for (one, other) in [
            ("http://localhost:1", "http://127.0.0.1:1"),
            ("http://b.example", "https://b.example"),
            ("http://b.example/a", "http://b.example/A"),
            ("http://b.example/a", "http://b.example/a/"),
            ("http://b.example/a%2Fb", "http://b.example/a/b"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn other_urls_are_refused() {
        for text in [
            "",
            "bank.example",
            "ftp://bank.example",
            "https://",
            "https:///a",
            "https://:443",
            "https://me@bank.example",
            "https://bank.example?a=1",
            "https://bank.example/a?b=1",
            "https://bank.example/a#b",
            "https://bank.example:65536",
            "https://bank.example:+1",
            "https://bank.example:4a",
            "https://[::1",
            "https://[::1]a",
            "https://[bank]",
            "https://bank.example/%4",
            "https://bank.example/%zz",
            "https://bank.example/a b",
            "https://bank.example/\u{202e}",
            "https://b\u{e9}.example",
            " https://bank.example",
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(HttpUrlError), "{text}");
        }
    }
}
