//! What the types of the vocabulary accept and refuse.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod orders_vocabulary;

use proptest::prelude::*;
use types::{
    BusinessDate, ChannelId, Currency, DeviceId, Generation, KeyEpoch, Money, Number, Position,
    Time, TimeZone,
};

fn accepted<T: std::str::FromStr + ToString>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string(), text, "no other text form is accepted");
            true
        }
        Err(_) => false,
    }
}

#[test]
fn positions_are_decimals_without_leading_zeros() {
    for good in ["1.0", "1.4", "12.9223372036854775807"] {
        assert!(accepted::<Position>(good), "{good}");
    }
    for bad in [
        "0.1",
        "1",
        "1.",
        ".1",
        "01.1",
        "1.01",
        "1.-1",
        "+1.1",
        "1.1.1",
        "1.9223372036854775808",
        " 1.1",
        "",
    ] {
        assert!(!accepted::<Position>(bad), "{bad}");
    }
}

#[test]
fn channels_are_canonical_base64url() {
    assert!(accepted::<ChannelId>("_8JfFdiMCjwjlsHEvNorgw"));
    for bad in [
        "_8JfFdiMCjwjlsHEvNorgx",
        "_8JfFdiMCjwjlsHEvNorgw==",
        "_8JfFdiMCjwjlsHEvNor",
        "/8JfFdiMCjwjlsHEvNorgw",
        "",
    ] {
        assert!(!accepted::<ChannelId>(bad), "{bad}");
    }
}

#[test]
fn devices_are_version_7_in_lower_case() {
    assert!(accepted::<DeviceId>("01a0c450-6c00-771e-ba65-f93a78ba897d"));
    for bad in [
        "01A0C450-6C00-771E-BA65-F93A78BA897D",
        "01a0c4506c00771eba65f93a78ba897d",
        "01a0c450-6c00-471e-ba65-f93a78ba897d",
        "01a0c450-6c00-771e-7a65-f93a78ba897d",
        "01a0c450-6c00-771e-ca65-f93a78ba897d",
        "{01a0c450-6c00-771e-ba65-f93a78ba897d}",
    ] {
        assert!(!accepted::<DeviceId>(bad), "{bad}");
    }
}

#[test]
fn dates_are_days_that_exist() {
    for good in ["1993-01-01", "1996-02-29", "2000-02-29", "0000-01-01"] {
        assert!(accepted::<BusinessDate>(good), "{good}");
    }
    for bad in [
        "1993-02-29",
        "1900-02-29",
        "1993-13-01",
        "1993-00-01",
        "1993-01-00",
        "93-01-01",
        "1993-1-1",
        "1993/01/01",
        "+993-01-01",
    ] {
        assert!(!accepted::<BusinessDate>(bad), "{bad}");
    }
    assert_eq!(
        BusinessDate::of_utc(Time::from_ms(0)).to_string(),
        "1970-01-01"
    );
    assert_eq!(
        BusinessDate::of_utc(Time::from_ms(1_790_000_000_000)).to_string(),
        "2026-09-21"
    );
    assert_eq!(
        BusinessDate::of_utc(Time::from_ms(951_782_400_000)).to_string(),
        "2000-02-29"
    );
}

#[test]
fn dates_move_by_days_and_months() {
    let date = |text: &str| text.parse::<BusinessDate>().unwrap();
    let days = |from: &str, days: u32, to: Option<&str>| {
        assert_eq!(date(from).plus_days(days), to.map(date), "{from} + {days}");
    };
    days("2026-10-01", 0, Some("2026-10-01"));
    days("2026-10-31", 1, Some("2026-11-01"));
    days("2026-12-28", 7, Some("2027-01-04"));
    days("2028-02-22", 7, Some("2028-02-29"));
    days("2000-01-01", 146_097, Some("2400-01-01"));
    days("9999-12-31", 0, Some("9999-12-31"));
    days("9999-12-31", 1, None);
    days("2026-10-01", u32::MAX, None);
    let months = |from: &str, months: u32, to: Option<&str>| {
        let moved = date(from).plus_months(months);
        assert_eq!(moved, to.map(date), "{from} + {months} months");
    };
    months("2026-10-31", 0, Some("2026-10-31"));
    months("2026-10-31", 1, Some("2026-11-30"));
    months("2026-10-31", 2, Some("2026-12-31"));
    months("2026-10-31", 4, Some("2027-02-28"));
    months("2026-11-30", 15, Some("2028-02-29"));
    months("2028-02-29", 12, Some("2029-02-28"));
    months("2028-02-29", 48, Some("2032-02-29"));
    months("9999-12-01", 1, None);
    months("2026-10-01", u32::MAX, None);
}

#[test]
fn a_day_begins_at_midnight_in_the_zone() {
    let check = |zone: &str, ms: u64, date: &str| {
        let zone: TimeZone = zone.parse().unwrap();
        assert_eq!(zone.date(Time::from_ms(ms)).to_string(), date, "{zone}");
    };
    // 2025-07-20T21:59:59.999Z and a millisecond later: midnight in Prague's summer.
    check("Europe/Prague", 1_753_048_799_999, "2025-07-20");
    check("Europe/Prague", 1_753_048_800_000, "2025-07-21");
    check("UTC", 1_753_048_800_000, "2025-07-20");
    // 2025-12-31T22:59:59.999Z: midnight in Prague's winter is an hour later.
    check("Europe/Prague", 1_767_221_999_999, "2025-12-31");
    check("Europe/Prague", 1_767_222_000_000, "2026-01-01");
    check("Asia/Bangkok", 1_767_200_399_999, "2025-12-31");
    check("Asia/Bangkok", 1_767_200_400_000, "2026-01-01");
    check("America/Los_Angeles", 0, "1969-12-31");
    check("UTC", u64::MAX, "9999-12-30");
    for bad in [
        "",
        "Prague",
        "europe/prague",
        "+01:00",
        "CET-1CEST",
        "local",
    ] {
        assert!(bad.parse::<TimeZone>().is_err(), "{bad}");
    }
    assert!(accepted::<TimeZone>("Europe/Prague"));
}

#[test]
fn counters_refuse_values_outside_their_range() {
    assert!(Generation::new(0).is_err());
    assert!(KeyEpoch::new(0).is_err());
    assert!(KeyEpoch::new(1 << 32).is_err());
    assert_eq!(Number::new(0), Ok(Number::ZERO));
    assert_eq!(Number::ZERO.next(), Number::FIRST);
    assert_eq!(Number::ZERO.previous(), None);
}

#[test]
fn money_arithmetic_is_checked_and_needs_one_currency() {
    let czk = |minor_units| Money::new(minor_units, "CZK".parse().unwrap());
    let eur = Money::new(1, "EUR".parse().unwrap());
    assert!(czk(1).checked_add(&eur).is_err());
    assert!(czk(i64::MAX).checked_add(&czk(1)).is_err());
    assert!(czk(i64::MIN).checked_neg().is_err());
    assert_eq!(czk(-123_456_789).to_string(), "-1,234,567.89 CZK");
    assert!("czk".parse::<Currency>().is_err());
}

#[test]
fn money_in_json_stays_within_what_json_carries() {
    let czk = |minor_units| Money::new(minor_units, "CZK".parse().unwrap());
    for minor_units in [0, -1, Money::JSON_MAX, -Money::JSON_MAX] {
        let json = serde_json::to_string(&czk(minor_units)).unwrap();
        assert_eq!(
            serde_json::from_str::<Money>(&json).unwrap(),
            czk(minor_units)
        );
    }
    assert!(czk(Money::JSON_MAX + 1).fits_json().is_err());
    assert!(serde_json::to_string(&czk(-Money::JSON_MAX - 1)).is_err());
    for bad in [
        r#"{"minor_units": 9007199254740992, "currency": "CZK"}"#,
        r#"{"minor_units": 1.0, "currency": "CZK"}"#,
        r#"{"minor_units": "1", "currency": "CZK"}"#,
        r#"{"minor_units": 1, "currency": "CZK", "scale": 2}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn text_forms_come_back(generation in 1_u64..1 << 40, number in 0_u64..1 << 62, channel: [u8; 16], ms in 0_u64..1 << 48, random: [u8; 10]) {
        let position = Position::new(Generation::new(generation).unwrap(), Number::new(number).unwrap());
        prop_assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        let channel = ChannelId::new(channel);
        prop_assert_eq!(channel.to_string().parse::<ChannelId>().unwrap(), channel);
        let device = DeviceId::at(Time::from_ms(ms), random);
        prop_assert_eq!(device.to_string().parse::<DeviceId>().unwrap(), device);
    }
}

#[test]
fn numbers_in_json_have_their_ranges() {
    fn check<T: serde::de::DeserializeOwned>(good: &[u64], bad: &[u64]) {
        let read = |number: &u64| serde_json::from_str::<T>(&number.to_string()).is_ok();
        assert!(good.iter().all(read), "{}", std::any::type_name::<T>());
        assert!(!bad.iter().any(read), "{}", std::any::type_name::<T>());
        for text in ["-1", "1.0", "1e0", "\"1\"", "null"] {
            assert!(serde_json::from_str::<T>(text).is_err(), "{text}");
        }
    }
    let (max, beyond) = (i64::MAX.unsigned_abs(), 1 << 63);
    check::<Time>(&[0, max], &[beyond, u64::MAX]);
    check::<Generation>(&[1, max], &[0, beyond]);
    check::<Number>(&[0, max], &[beyond]);
    check::<KeyEpoch>(&[1, u64::from(u32::MAX)], &[0, 1 << 32]);
}
