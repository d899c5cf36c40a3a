//! Orders: their encoding, their currencies and IBANs, and the text that the person approves.

use crate::accept::{array, bytes, number, text, to_cbor};
use crate::vectors::{VECTORS, group, order};
use order::{Locale, Order, check_template, iban, shown_text};
use std::collections::BTreeMap;
use types::{Currency, Hash};

#[test]
fn every_order_has_one_encoding() {
    for case in group("orders") {
        let bytes = bytes(&case["cbor"]);
        let order = Order::parse(&bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(order.encode(), bytes, "{case}");
        assert_eq!(order.to_value(), to_cbor(&case["map"]), "{case}");
        assert_eq!(Order::from_value(order.to_value()).as_ref(), Ok(&order));
        assert_eq!(Order::new(order.fields().clone()), Ok(order));
    }
}

#[test]
fn orders_are_in_currencies_to_which_iso_4217_gives_decimals() {
    let listed = VECTORS["currencies"].as_object().unwrap();
    let listed: BTreeMap<&str, u8> = listed
        .iter()
        .flat_map(|(decimals, codes)| {
            let decimals = decimals.parse().unwrap();
            array(codes).iter().map(move |code| (text(code), decimals))
        })
        .collect();
    assert!(listed.len() > 150);
    let mut fields = order(&group("orders")[0]["cbor"]).fields().clone();
    let letters = || 'A'..='Z';
    for code in
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])))
    {
        let code = String::from_iter(code);
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.decimals(), listed.get(code.as_str()).copied());
        fields.amount = Some(types::Money::new(1, currency));
        let accepted = Order::new(fields.clone()).is_ok();
        assert_eq!(accepted, listed.contains_key(code.as_str()), "{code}");
    }
}

#[test]
fn ibans_have_the_length_of_their_country() {
    let examples = VECTORS["ibans"].as_object().unwrap();
    for (country, example) in examples {
        let example = text(example);
        assert!(iban::is_iban(example), "{example}");
        assert_eq!(iban::length_of(country), Some(example.len()), "{country}");
        for (index, byte) in example.bytes().enumerate() {
            let other = match byte {
                b'7' => '8',
                b'0'..=b'9' => '7',
                b'X' => 'Y',
                _ => 'X',
            };
            let mut changed: Vec<char> = example.chars().collect();
            changed[index] = other;
            let changed = String::from_iter(changed);
            assert!(!iban::is_iban(&changed), "{example} is not {changed}");
        }
    }
    let letters = || 'A'..='Z';
    let countries = letters().flat_map(|a| letters().map(move |b| String::from_iter([a, b])));
    let known = countries.filter(|country| iban::length_of(country).is_some());
    assert_eq!(known.count(), examples.len());
}

#[test]
fn texts_that_are_no_iban_are_refused() {
    for text in [
        "",
        "C",
        "CZ",
        "CZ65",
        "ประเทศ",
        "CZ6508000000192000145399\n",
    ] {
        assert!(!iban::is_iban(text), "{text:?}");
    }
    for country in ["", " ", "C", "cz", "CZ DE", "CZ "] {
        assert_eq!(iban::length_of(country), None, "{country:?}");
    }
}

#[test]
fn the_shown_text_is_a_function_of_order_and_locale() {
    for case in group("shown_text") {
        let locale: Locale = text(&case["locale"]).parse().unwrap();
        assert_eq!(check_template(number(&case["template"])), Ok(()));
        let shown = shown_text(&order(&case["order"]), locale);
        assert_eq!(shown, text(&case["text"]));
        let hash = Hash::of(shown.as_bytes());
        assert_eq!(hash.as_bytes().as_slice(), bytes(&case["hash"]));
    }
}
