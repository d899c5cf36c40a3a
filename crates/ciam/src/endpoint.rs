//! URLs of other parties to which the bank sends requests or people.

use token::HttpUrl;

/// Whether the URL may be used: unencrypted only on this machine (FAPI 2.0 Security Profile, 5.3.2.2). It has neither query nor
/// fragment.
pub(crate) fn is_endpoint(url: &str) -> bool {
    let on_this_machine = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let is_local = on_this_machine.iter().any(|host| {
        let rest = url.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    url.parse::<HttpUrl>().is_ok() && (is_local || url.starts_with("https://"))
}

/// The same for a URL that may have a query.
pub(crate) fn is_endpoint_with_query(url: &str) -> bool {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let query_fits = query
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    is_endpoint(address) && query_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_encrypted_or_within_this_machine() {
        for (uri, expected) in [
            ("https://shop.example/back", true),
            ("https://shop.example/back?shop=1", true),
            ("http://127.0.0.1:8123/back", true),
            ("http://localhost/back", true),
            ("http://[::1]:1", true),
            ("http://shop.example/back", false),
            ("http://127.0.0.1.shop.example/back", false),
            ("http://localhost@shop.example/back", false),
            ("https://shop.example/back#part", false),
            ("https://shop.example/back?a=1#part", false),
            ("https://shop.example/back?a=1 2", false),
            ("shop:back", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(is_endpoint_with_query(uri), expected, "{uri}");
        }
    }
}
