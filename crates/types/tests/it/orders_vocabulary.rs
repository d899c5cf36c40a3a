//! Currencies, amounts and texts against vectors from an independent implementation.

use proptest::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use types::text::{self, TextError};
use types::{Currency, Money, MoneyError};

fn vectors() -> Json {
    serde_json::from_str(include_str!("../../../../fixtures/orders-vocabulary.json")).unwrap()
}

fn of<'a>(vectors: &'a Json, group: &str) -> &'a Vec<Json> {
    let group = vectors[group].as_array().unwrap();
    assert!(!group.is_empty());
    group
}

#[test]
fn every_active_currency_has_the_decimals_of_iso_4217() {
    let vectors = vectors();
    let mut listed = BTreeMap::new();
    for (decimals, codes) in vectors["currencies"].as_object().unwrap() {
        for code in codes.as_array().unwrap() {
            listed.insert(code.as_str().unwrap(), decimals.parse::<u8>().unwrap());
        }
    }
    let letters = || 'A'..='Z';
    let codes = letters().flat_map(|a| letters().map(move |b| (a, b)));
    let codes = codes.flat_map(|(a, b)| letters().map(move |c| String::from_iter([a, b, c])));
    for code in codes {
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.decimals(), listed.remove(code.as_str()), "{code}");
    }
    assert!(listed.is_empty());
}

#[test]
fn amounts_are_shown_and_read_with_their_currencys_decimals() {
    for amount in of(&vectors(), "amounts") {
        let minor_units = amount["minor_units"].as_str().unwrap().parse().unwrap();
        let currency: Currency = amount["currency"].as_str().unwrap().parse().unwrap();
        let money = Money::new(minor_units, currency);
        let shown = money.to_string();
        assert_eq!(shown, amount["text"].as_str().unwrap());
        let typed = shown.replace(',', "");
        let typed = typed.split(' ').next().unwrap();
        assert_eq!(Money::from_decimal(typed, currency), Ok(money));
    }
}

#[test]
fn typed_amounts_have_at_most_the_currencys_decimals() {
    let check = |text: &str, code: &str, expected: Option<i64>| {
        let read = Money::from_decimal(text, code.parse().unwrap());
        assert_eq!(
            read.ok().map(|money| money.minor_units()),
            expected,
            "{text} {code}"
        );
    };
    check("250.00", "CZK", Some(25_000));
    check("-3.5", "CZK", Some(-350));
    check("-0.05", "CZK", Some(-5));
    check("90071992547409.91", "CZK", Some(9_007_199_254_740_991));
    check("1.234", "CZK", None);
    check("1500", "JPY", Some(1_500));
    check("1500.50", "JPY", None);
    check("1500.0", "JPY", None);
    check("1.234", "KWD", Some(1_234));
    check("1.2", "KWD", Some(1_200));
    check("1.2345", "KWD", None);
    check("1.2345", "CLF", Some(12_345));
    check("-92233720368547758.08", "CZK", Some(i64::MIN));
    check("92233720368547758.08", "CZK", None);
    for bad in [
        "", "-", ".5", "5.", "1,5", "1e3", "--1", "+1", "1 ", "٣", "1.-5",
    ] {
        check(bad, "CZK", None);
    }
}

#[test]
fn a_currency_without_decimals_is_shown_in_minor_units_and_cannot_be_typed() {
    for code in ["XAU", "XDR", "XXX", "DEM", "ZZZ"] {
        let currency: Currency = code.parse().unwrap();
        let shown = Money::new(-1_234_567, currency).to_string();
        assert_eq!(shown, format!("-1,234,567 minor units of {code}"));
        let refused = Money::from_decimal("1", currency);
        assert_eq!(refused, Err(MoneyError::NoDecimals(currency)));
    }
}

#[test]
fn texts_of_orders_pass_and_are_shown_unchanged() {
    for text in of(&vectors(), "texts") {
        let text = text.as_str().unwrap();
        assert_eq!(text::check(text), Ok(()), "{text:?}");
        assert_eq!(text::shown(text), text);
    }
}

#[test]
fn deceptive_texts_are_refused_and_shown_with_replacements() {
    for refused in of(&vectors(), "refused") {
        let text = refused["text"].as_str().unwrap();
        let reason = match text::check(text) {
            Ok(()) => "none",
            Err(TextError::NotNfc) => "not_nfc",
            Err(TextError::EdgeSpace) => "has_edge_space",
            Err(TextError::BeginsWithMark(_)) => "begins_with_mark",
            Err(TextError::Control(_)) => "has_control",
            Err(TextError::Hidden(_)) => "has_hidden",
        };
        assert_eq!(reason, refused["reason"].as_str().unwrap(), "{text:?}");
        let shown = text::shown(text);
        assert_ne!(shown, text);
        assert_eq!(
            text::check(&shown),
            Ok(()),
            "{text:?} is shown as {shown:?}"
        );
    }
}

#[test]
fn each_refused_character_is_shown_as_a_replacement() {
    let check = |text: &str, shown: &str| assert_eq!(text::shown(text), shown);
    check("lunch, Žižkov", "lunch, Žižkov");
    check("\x1b[2JAll is well", "\u{fffd}[2JAll is well");
    check("a\r\nb\u{9b}1m", "a\u{fffd}\u{fffd}b\u{fffd}1m");
    check("\u{202e}00.1", "\u{fffd}00.1");
    check("JP\u{200b}1", "JP\u{fffd}1");
    check("JP\u{3164}1", "JP\u{fffd}1");
    check("\u{301}x", "\u{fffd}x");
    check(" padded \n", "padded");
    check("e\u{301}", "é");
    check("👩\u{200d}🚀 ☎\u{fe0f}", "👩\u{200d}🚀 ☎\u{fe0f}");
    check("a\u{200d}1", "a\u{fffd}1");
}

proptest! {
    #[test]
    fn what_is_shown_passes(text in any::<String>(), letters in "[a \u{301}\u{e48}\u{200c}\u{200d}\u{fe0f}\u{34f}\u{2800}\u{a}\u{202e}1\u{1f469}]{0,8}") {
        for text in [text, letters] {
            let shown = text::shown(&text).into_owned();
            prop_assert_eq!(text::check(&shown), Ok(()));
            prop_assert_eq!(text::shown(&shown), shown.as_str());
        }
    }
}
