//! What a browser says of itself in a request.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

/// The value of a cookie. `None` if the browser sends it twice: one of them is not ours.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
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

/// The languages that the reader wants, the most wanted first (RFC 9110, 12.5.4).
#[must_use]
pub fn languages(headers: &HeaderMap) -> Vec<&str> {
    let wanted = headers.get(ACCEPT_LANGUAGE);
    let wanted = wanted.and_then(|value| value.to_str().ok());
    let ranges = wanted.unwrap_or_default().split(',').map(|range| {
        let (range, quality) = range.split_once(";q=").unwrap_or((range, "1"));
        (
            range.trim(),
            quality.trim().parse::<f32>().unwrap_or_default(),
        )
    });
    let mut ranges: Vec<_> = ranges.filter(|(_, quality)| *quality > 0.0).collect();
    // Those that are wanted equally keep their order.
    ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    ranges.into_iter().map(|(range, _)| range).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, values: &[&str]) -> HeaderMap {
        let values = values
            .iter()
            .map(|value| (name.clone(), value.parse().unwrap()));
        values.collect()
    }

    #[test]
    fn a_cookie_is_found_unless_it_is_there_twice() {
        let sent = |values: &[&str]| {
            let headers = headers(COOKIE, values);
            cookie(&headers, "one").map(str::to_owned)
        };
        assert_eq!(sent(&["one=1"]).as_deref(), Some("1"));
        assert_eq!(
            sent(&["other=2; one=1=1", "last=3"]).as_deref(),
            Some("1=1")
        );
        for values in [
            &["one=1; one=1"][..],
            &["one=1", "one=2"],
            &["ones=1"],
            &["one"],
            &[],
        ] {
            assert_eq!(sent(values), None, "{values:?}");
        }
    }

    #[test]
    fn languages_come_as_they_are_wanted() {
        let sent = |value: &str| {
            let headers = headers(ACCEPT_LANGUAGE, &[value]);
            languages(&headers).join(" ")
        };
        assert_eq!(sent("th-TH, en;q=0.8, cs;q=0.9"), "th-TH cs en");
        assert_eq!(sent("en;q=0.5, th;q=0.5, cs;q=0"), "en th");
        assert_eq!(sent("cs;q=much"), "");
    }
}
