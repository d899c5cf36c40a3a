//! What a browser says of itself decides whether it gets the plain pages in place of the app. The person can change it.

use super::super::browsers::{APP, CHOICE};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use http_edge::cookie;

/// Parts of the descriptions of browsers that cannot run the app: those without WebAssembly, without modules, or that run scripts
/// elsewhere than on the device.
const WITHOUT_APP: [&str; 24] = [
    "Android 2.",
    "Android 3.",
    "Android 4.",
    "BlackBerry",
    "CLDC",
    "Dillo",
    "ELinks",
    "KAIOS/2",
    "Links (",
    "Lynx/",
    "MIDP",
    "MSIE ",
    "NetFront",
    "Netscape",
    "Nokia",
    "Obigo",
    "Opera Mini",
    "Presto/",
    "Series40",
    "Series60",
    "Symbian",
    "Trident/",
    "UCWEB",
    "w3m/",
];

/// Whether this browser gets the plain pages in place of the app.
pub(super) fn prefers_plain_pages(headers: &HeaderMap) -> bool {
    let description = headers.get(USER_AGENT);
    let description = description.and_then(|value| value.to_str().ok());
    let cannot = |description: &str| WITHOUT_APP.iter().any(|part| description.contains(part));
    cookie(headers, CHOICE) != Some(APP) && description.is_some_and(cannot)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    #[test]
    fn simple_phones_and_old_browsers_get_plain_pages_unless_the_person_chose() {
        let asks = |description: &str, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, description.parse().unwrap());
            headers.insert(COOKIE, cookie.parse().unwrap());
            prefers_plain_pages(&headers)
        };
        let nokia = "Nokia6230i/2.0 (03.25) Profile/MIDP-2.0 Configuration/CLDC-1.1";
        for description in [
            nokia,
            "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
            "Lynx/2.9.0dev.10 libwww-FM/2.14",
        ] {
            assert!(asks(description, ""), "{description}");
        }
        for description in [
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "",
        ] {
            assert!(!asks(description, ""), "{description}");
        }
        assert!(!asks(nokia, "passbook-pages=app"));
        assert!(asks(nokia, "passbook-pages=plain"));
        assert!(asks(nokia, "other=app"));
    }
}
