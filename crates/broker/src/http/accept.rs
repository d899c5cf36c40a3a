//! Content negotiation: selects the media type of an answer (RFC 9110, 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;
use http_edge::Rejection;
use types::ErrorCode;

/// The first of `offered` with the highest quality in the request. The first one if the request does not specify a
/// quality.
pub(super) fn negotiate(
    headers: &HeaderMap,
    offered: &[&'static str],
) -> Result<&'static str, Rejection> {
    let mut best: Option<(u16, &'static str)> = None;
    for offer in offered {
        let quality = quality(headers, offer).ok_or(ErrorCode::NotAcceptable)?;
        if quality > best.map_or(0, |(best, _)| best) {
            best = Some((quality, offer));
        }
    }
    best.map(|(_, offer)| offer)
        .ok_or_else(|| ErrorCode::NotAcceptable.into())
}

/// The quality of `offer` in the request, in thousandths. `None` if the header is not text.
fn quality(headers: &HeaderMap, offer: &str) -> Option<u16> {
    let mut most_exact = (0, 0);
    let mut specified = false;
    for value in headers.get_all(ACCEPT) {
        for range in value
            .to_str()
            .ok()?
            .split(',')
            .filter(|range| !range.trim().is_empty())
        {
            specified = true;
            let mut parts = range.split(';').map(str::trim);
            let exactness = match parts.next().unwrap_or_default() {
                range if range.eq_ignore_ascii_case(offer) => 3,
                "*/*" => 1,
                range if covers(range, offer) => 2,
                _ => 0,
            };
            if exactness > most_exact.0 {
                most_exact = (exactness, parts.find_map(weight).unwrap_or(1000));
            }
        }
    }
    Some(if specified { most_exact.1 } else { 1000 })
}

/// Whether `range` is `type/*` of the offer's type.
fn covers(range: &str, offer: &str) -> bool {
    let offered = offer.split('/').next().unwrap_or_default();
    range
        .strip_suffix("/*")
        .is_some_and(|range| range.eq_ignore_ascii_case(offered))
}

/// `q=0.5` in thousandths.
fn weight(parameter: &str) -> Option<u16> {
    let digits = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u16 = whole.parse().ok()?;
    let thousandths: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some((whole.min(1) * 1000 + thousandths).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const OFFERED: [&str; 2] = ["application/json", "application/cbor"];

    fn check(accept: Option<&str>, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        }
        assert_eq!(negotiate(&headers, &OFFERED).ok(), expected, "{accept:?}");
    }

    #[test]
    fn json_by_default_and_cbor_on_request() {
        let (json, cbor) = (Some(OFFERED[0]), Some(OFFERED[1]));
        check(None, json);
        check(Some("*/*"), json);
        check(Some(""), json);
        check(Some("application/cbor"), cbor);
        check(Some("Application/CBOR"), cbor);
        check(Some("application/cbor, */*;q=0.1"), cbor);
        check(Some("application/cbor;q=0.5, application/*"), json);
        check(Some("application/json;q=0, application/cbor"), cbor);
        check(Some("text/html"), None);
        check(Some("*/*;q=0"), None);
    }
}
