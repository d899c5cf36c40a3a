//! Refused logins lock softly: the device, the customer at one place, and a place; never a customer everywhere.

use crate::bank::{Bank, DAY_MS, MINUTE_MS};
use crate::person::{Person, code, passkey, passkey_with};
use ciam::{LoginError, LoginSettings};
use std::net::{IpAddr, Ipv4Addr};
use types::ErrorCode;

fn place(last: u8) -> Option<IpAddr> {
    Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
}

/// A login from that place, with the right key or with another.
async fn log_in(
    person: &Person<'_>,
    is_right: bool,
    place: Option<IpAddr>,
) -> Result<(), LoginError> {
    let passkey = if is_right {
        passkey(1)
    } else {
        passkey_with(2, 1)
    };
    let made = passkey.assert(&person.login_challenge().await).unwrap();
    let device = person.returning(place);
    person.bank.ciam.login(&device, &made).await.map(drop)
}

fn is_locked(answer: &Result<(), LoginError>) -> bool {
    matches!(answer, Err(LoginError::Locked { .. }))
}

#[tokio::test]
async fn three_refusals_lock_a_device_for_a_minute_and_each_further_one_for_twice_as_long() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    for _ in 0..3 {
        let refused = person.log_in(&passkey_with(2, 1)).await;
        assert_eq!(code(&refused), ErrorCode::LoginRefused);
    }
    let locked = person.log_in(&passkey(1)).await.unwrap_err();
    assert_eq!(locked.code, ErrorCode::LoginLocked, "the right one, too");
    assert_eq!(locked.headers["retry-after"], "60");
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        bank.advance(minutes * MINUTE_MS - 1);
        let locked = person.log_in(&passkey(1)).await.unwrap_err();
        assert_eq!(
            (locked.code, &locked.headers["retry-after"]),
            (ErrorCode::LoginLocked, &"1".parse().unwrap())
        );
        bank.advance(1);
        let refused = person.log_in(&passkey_with(2, 1)).await;
        assert_eq!(code(&refused), ErrorCode::LoginRefused, "{minutes}");
    }
    bank.advance(60 * MINUTE_MS);
    person.log_in(&passkey(1)).await.unwrap();
    // A login ends it: the next three are counted anew.
    for _ in 0..2 {
        person.log_in(&passkey_with(2, 1)).await.unwrap_err();
    }
    person.log_in(&passkey(1)).await.unwrap();
}

#[tokio::test]
async fn refusals_are_forgotten_after_a_day() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    for _ in 0..2 {
        person.log_in(&passkey_with(2, 1)).await.unwrap_err();
    }
    bank.advance(24 * 60 * MINUTE_MS + 1);
    for _ in 0..2 {
        let refused = person.log_in(&passkey_with(2, 1)).await;
        assert_eq!(code(&refused), ErrorCode::LoginRefused);
    }
    person.log_in(&passkey(1)).await.unwrap();
}

/// Ten refusals, of which a day forgets three.
#[tokio::test]
async fn a_device_far_beyond_the_limit_is_not_free_after_a_day() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    for minutes in [0, 0, 0, 1, 2, 4, 8, 16, 32, 60] {
        bank.advance(minutes * MINUTE_MS);
        log_in(&person, false, place(1)).await.unwrap_err();
    }
    bank.advance(DAY_MS + 1);
    let refused = log_in(&person, false, place(1)).await;
    assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
    assert!(is_locked(&log_in(&person, true, place(1)).await));
}

#[tokio::test]
async fn a_stolen_device_locks_out_neither_the_other_devices_nor_another_customer() {
    let bank = Bank::open().await;
    let stolen = Person::enrolled(&bank, "1001").await;
    let own = Person::enrolled(&bank, "1001").await;
    own.register(&passkey(1)).await;
    for _ in 0..3 {
        log_in(&stolen, false, place(1)).await.unwrap_err();
    }
    for _ in 0..20 {
        assert!(is_locked(&log_in(&stolen, false, place(1)).await));
        assert!(
            is_locked(&log_in(&stolen, true, place(2)).await),
            "from anywhere"
        );
    }
    log_in(&own, true, place(1)).await.unwrap();
}

#[tokio::test]
async fn many_devices_of_a_customer_lock_the_customer_at_their_place_alone() {
    let bank = Bank::open().await;
    let mut stolen = Vec::new();
    for _ in 0..4 {
        stolen.push(Person::enrolled(&bank, "1001").await);
    }
    let own = Person::enrolled(&bank, "1001").await;
    own.register(&passkey(1)).await;
    for person in &stolen {
        for _ in 0..3 {
            let refused = log_in(person, false, place(1)).await;
            assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
        }
    }
    assert!(is_locked(&log_in(&own, true, place(1)).await));
    log_in(&own, true, place(2)).await.unwrap();
}

#[tokio::test]
async fn a_place_from_which_many_customers_are_tried_is_slowed() {
    let bank = Bank::open().await;
    let mut people = Vec::new();
    for customer in 0..50 {
        people.push(Person::enrolled(&bank, &format!("2{customer:03}")).await);
    }
    for person in &people {
        for _ in 0..2 {
            let refused = log_in(person, false, place(1)).await;
            assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
        }
    }
    let own = Person::enrolled(&bank, "1001").await;
    own.register(&passkey(1)).await;
    assert!(is_locked(&log_in(&own, true, place(1)).await));
    log_in(&own, true, place(2)).await.unwrap();
    bank.advance(MINUTE_MS);
    log_in(&own, true, place(1)).await.unwrap();
}

/// A prefix that may have four refusals a day has three in 19 hours and a half, again and again: none of them locks it,
/// however unevenly they come. The fourth and the fifth in a day do.
#[tokio::test]
async fn the_refusals_of_a_prefix_are_forgotten_evenly_within_a_day() {
    let bank = Bank::with_logins(LoginSettings {
        refused_of_prefix_max: 4,
        ..LoginSettings::default()
    })
    .await;
    let own = Person::enrolled(&bank, "1001").await;
    own.register(&passkey(1)).await;
    let refuse = async |number: u64| {
        let person = Person::enrolled(&bank, &format!("2{number:03}")).await;
        log_in(&person, false, place(1)).await.unwrap_err()
    };
    for number in 0..12 {
        let refused = refuse(number).await;
        assert!(matches!(refused, LoginError::Refused), "{refused:?}");
        log_in(&own, true, place(1)).await.unwrap();
        let hours = if number % 2 == 0 { 5 } else { 8 };
        bank.advance(hours * 60 * MINUTE_MS);
    }
    bank.advance(DAY_MS);
    for number in 12..16 {
        log_in(&own, true, place(1)).await.unwrap();
        let refused = refuse(number).await;
        assert!(matches!(refused, LoginError::Refused), "{refused:?}");
    }
    assert!(is_locked(&log_in(&own, true, place(1)).await));
    log_in(&own, true, place(2)).await.unwrap();
}

/// Three days of a refusal each hour, then two a day, which alone would lock nothing.
#[tokio::test]
async fn a_prefix_recovers_from_a_long_attack_as_fast_as_from_a_short_one() {
    let bank = Bank::with_logins(LoginSettings {
        refused_of_prefix_max: 4,
        ..LoginSettings::default()
    })
    .await;
    let own = Person::enrolled(&bank, "1001").await;
    own.register(&passkey(1)).await;
    let mut people = Vec::new();
    for customer in 0..12 {
        people.push(Person::enrolled(&bank, &format!("2{customer:03}")).await);
    }
    let waits = std::iter::repeat_n(61, 72).chain([12 * 60; 8]);
    for (person, minutes) in people.iter().cycle().zip(waits) {
        bank.advance(minutes * MINUTE_MS);
        let refused = log_in(person, false, place(1)).await;
        assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
    }
    log_in(&own, true, place(1)).await.unwrap();
}

#[tokio::test]
async fn a_lock_outlasts_the_day_after_which_refusals_are_forgotten() {
    let bank = Bank::with_logins(LoginSettings {
        lock_ms: 2 * DAY_MS,
        lock_ms_max: 2 * DAY_MS,
        ..LoginSettings::default()
    })
    .await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(1)).await;
    for _ in 0..3 {
        log_in(&person, false, place(1)).await.unwrap_err();
    }
    for _ in 0..2 {
        assert!(is_locked(&log_in(&person, true, place(1)).await));
        bank.advance(DAY_MS - 1);
        log_in(&other, false, place(2)).await.unwrap_err();
    }
    assert!(is_locked(&log_in(&person, true, place(1)).await));
    bank.advance(2);
    log_in(&person, true, place(1)).await.unwrap();
}

#[tokio::test]
async fn logins_that_are_judged_at_the_same_time_do_not_exceed_the_limit() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let made = passkey_with(2, 1)
            .assert(&person.login_challenge().await)
            .unwrap();
        let (ciam, device) = (bank.ciam.clone(), person.returning(None));
        tries.spawn(async move { ciam.login(&device, &made).await.map(drop) });
    }
    let answers = tries.join_all().await;
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LoginError::Refused)));
    assert_eq!(refused.count(), 3);
    assert_eq!(person.refusals().len(), 3);
}

#[tokio::test]
async fn the_operator_unlocks_a_customer_with_a_reason() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    for _ in 0..3 {
        log_in(&person, false, place(1)).await.unwrap_err();
    }
    assert!(is_locked(&log_in(&person, true, place(1)).await));
    let customer = "1001".parse().unwrap();
    let other = "1002".parse().unwrap();
    assert_eq!(bank.ciam.unlock_logins(&other, "mistake").await.unwrap(), 0);
    assert!(is_locked(&log_in(&person, true, place(1)).await));
    let reason = "identified by passport at the branch";
    assert_eq!(bank.ciam.unlock_logins(&customer, reason).await.unwrap(), 2);
    log_in(&person, true, place(1)).await.unwrap();
    let acts = bank.records();
    let mut acts = acts
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act);
    let unlocked = acts.rfind(|act| act.action == "login.unlocked").unwrap();
    assert_eq!(
        (unlocked.actor.as_str(), unlocked.details["reason"].as_str()),
        ("operator", reason)
    );
}
