//! The bank's limits.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::ports::{RaisedLimit, StatementsError};
use crate::settings::{KindLimit, LevelLimits, Limits, VerdictLimits};
use protocol::http::{KindLimits, OrderProgress};
use serde_json::json;
use types::{Currency, ErrorCode, Money, Time};

const HOUR_MS: u64 = 3_600_000;

/// 1,000 koruna a day, 500 from a new device, 300 to a new payee.
const LIMITS: Limits = Limits {
    day: 100_000,
    new_device: 50_000,
    new_payee: 30_000,
    cooling_off_ms: 12 * HOUR_MS,
    transfer: KindLimit::NONE,
    bill: KindLimit::NONE,
    standing: KindLimit::NONE,
    by_verdict: VerdictLimits::SAME,
};

/// A world with those limits, and a phone with vouchers from gateway itself. Its device was enrolled in 1970.
async fn world() -> (World, Phone) {
    limited(LIMITS).await
}

async fn limited(limits: Limits) -> (World, Phone) {
    let vectors = vectors();
    let world = World::with(&vectors["world"], &json!({"vouchers": {}}), (limits, None)).await;
    let phone = Phone::new(world.vouchers().await);
    (world, phone)
}

async fn check(
    world: &World,
    phone: &mut Phone,
    (koruna, to): (i64, &str),
    time: Time,
    expected: Option<&str>,
) {
    world.set_time(time);
    let (_, order) = phone.transfer(koruna, to, time);
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    let receipt = submitted.unwrap().receipt;
    let code = expected.map(|_| ErrorCode::OrderLimitExceeded);
    assert_eq!(receipt.refusal, code, "{koruna} to {to}");
    if let Some(limit) = expected {
        let body = String::from_utf8(receipt.body).unwrap();
        assert!(body.contains(limit), "{body}");
    }
}

#[tokio::test]
async fn a_new_payee_has_a_lower_limit_until_the_cooling_off_is_over() {
    let (world, mut phone) = world().await;
    check(&world, &mut phone, (200, "2001"), NOW, None).await;
    check(&world, &mut phone, (101, "2001"), NOW, Some("payee is new")).await;
    check(&world, &mut phone, (100, "2001"), NOW, None).await;
    let later = NOW.plus_ms(12 * HOUR_MS);
    check(&world, &mut phone, (400, "2001"), later, None).await;
}

#[tokio::test]
async fn the_orders_of_a_day_count_together_and_own_accounts_do_not_count() {
    let (world, mut phone) = world().await;
    // 704 is an own account.
    check(&world, &mut phone, (5_000, "704"), NOW, None).await;
    for payee in ["2001", "2002", "2003"] {
        check(&world, &mut phone, (300, payee), NOW, None).await;
    }
    check(&world, &mut phone, (101, "2004"), NOW, Some("day's limit")).await;
    check(&world, &mut phone, (100, "2004"), NOW, None).await;
    let next_day = NOW.plus_ms(24 * HOUR_MS);
    check(&world, &mut phone, (300, "2005"), next_day, None).await;
}

#[tokio::test]
async fn a_day_that_the_bank_raised_holds_until_its_end_and_only_for_that_customer() {
    let (world, mut phone) = world().await;
    let customer = world.token_customer();
    let koruna = |amount: i64| Money::new(amount * 100, Currency::CZK);
    let raised = |amount: i64, until: Time| RaisedLimit {
        day: koruna(amount),
        until,
    };
    assert_eq!(world.gateway.day_limit(), koruna(1_000));
    for payee in ["2001", "2002", "2003"] {
        check(&world, &mut phone, (300, payee), NOW, None).await;
    }
    let too_much = Some("day's limit");
    check(&world, &mut phone, (200, "2004"), NOW, too_much).await;
    let other = "9999".parse().unwrap();
    let (until, gateway) = (NOW.plus_ms(2 * HOUR_MS), &world.gateway);
    let raise = gateway.raise_limit(&other, raised(5_000, until), 1);
    raise.await.unwrap();
    check(&world, &mut phone, (200, "2004"), NOW, too_much).await;
    world.told_raised();

    let newest = raised(1_100, until);
    gateway.raise_limit(&customer, newest, 7).await.unwrap();
    // An older call, and the same again.
    let older = raised(9_000, until);
    gateway.raise_limit(&customer, older, 6).await.unwrap();
    gateway.raise_limit(&customer, newest, 7).await.unwrap();
    let told = world.told_raised();
    let told: Vec<_> = told.into_iter().map(|(who, _, what)| (who, what)).collect();
    assert_eq!(told, [(customer.clone(), newest)]);
    let given = gateway.vouchers(world.token_device().device).await;
    let limits = given.unwrap().limits.unwrap();
    assert_eq!((limits.day, limits.day_left), (koruna(1_100), koruna(200)));
    check(&world, &mut phone, (201, "2004"), NOW, too_much).await;
    check(&world, &mut phone, (200, "2004"), NOW, None).await;
    // It holds until its end, whatever is left of it.
    let higher = raised(5_000, until);
    gateway.raise_limit(&customer, higher, 8).await.unwrap();
    let last = until.minus_ms(1);
    check(&world, &mut phone, (100, "2004"), last, None).await;
    check(&world, &mut phone, (100, "2004"), until, too_much).await;
    // The other limits are as they were.
    let to_new_payee = Some("payee is new");
    let next_day = NOW.plus_ms(24 * HOUR_MS);
    check(&world, &mut phone, (301, "2005"), next_day, to_new_payee).await;
    // A later call replaces it.
    let lower = raised(1_050, next_day.plus_ms(HOUR_MS));
    gateway.raise_limit(&customer, lower, 9).await.unwrap();
    let given = gateway.vouchers(world.token_device().device).await;
    assert_eq!(given.unwrap().limits.unwrap().day, koruna(1_050));
}

#[tokio::test]
async fn a_raised_limit_is_told_later_if_notification_does_not_answer() {
    let (world, _) = world().await;
    let customer = world.token_customer();
    let raised = RaisedLimit {
        day: Money::new(500_000, Currency::CZK),
        until: NOW.plus_ms(HOUR_MS),
    };
    world.tells(StatementsError::Unavailable("down".into()));
    let raise = world.gateway.raise_limit(&customer, raised, 1);
    raise.await.unwrap();
    assert_eq!(world.told_raised(), []);
    world.gateway.tell_all().await.unwrap();
    let told = world.told_raised();
    assert_eq!((&told[0].0, told[0].2), (&customer, raised));
    world.gateway.tell_all().await.unwrap();
    assert_eq!(world.told_raised(), []);
}

#[tokio::test]
async fn a_new_device_has_a_lower_limit_until_the_cooling_off_is_over() {
    let (world, mut phone) = world().await;
    world.enrol_at(NOW);
    let given = world.gateway.vouchers(world.token_device().device).await;
    let limits = given.unwrap().limits.unwrap();
    assert_eq!(limits.new_device_left.unwrap().minor_units(), 50_000);
    check(&world, &mut phone, (300, "2001"), NOW, None).await;
    check(
        &world,
        &mut phone,
        (201, "2002"),
        NOW,
        Some("device is new"),
    )
    .await;
    check(&world, &mut phone, (200, "2002"), NOW, None).await;
    let limits = world.gateway.vouchers(world.token_device().device).await;
    let limits = limits.unwrap().limits.unwrap();
    assert_eq!(limits.new_device_left.unwrap().minor_units(), 0);
    assert_eq!(limits.day_left.minor_units(), 50_000);
    let later = NOW.plus_ms(12 * HOUR_MS);
    check(&world, &mut phone, (300, "2003"), later, None).await;
}

#[tokio::test]
async fn a_kind_of_orders_has_limits_of_its_own() {
    let transfer = KindLimit {
        order: Some(20_000),
        day: Some(35_000),
    };
    let (world, mut phone) = limited(Limits { transfer, ..LIMITS }).await;
    let too_much = Some("above the limit of one order of its kind");
    check(&world, &mut phone, (201, "2001"), NOW, too_much).await;
    check(&world, &mut phone, (200, "2001"), NOW, None).await;
    let too_much = Some("this kind in 24 hours");
    check(&world, &mut phone, (151, "2002"), NOW, too_much).await;
    let given = world.gateway.vouchers(world.token_device().device).await;
    let limits = given.unwrap().limits.unwrap();
    let koruna = |amount: i64| Some(Money::new(amount * 100, Currency::CZK));
    let stated = KindLimits {
        kind: "transfer".to_owned(),
        order: koruna(200),
        day: koruna(350),
        day_left: koruna(150),
    };
    assert_eq!(limits.kinds, [stated]);
    check(&world, &mut phone, (150, "2002"), NOW, None).await;
    let next_day = NOW.plus_ms(24 * HOUR_MS);
    check(&world, &mut phone, (200, "2003"), next_day, None).await;
}

#[tokio::test]
async fn what_was_refused_or_cancelled_does_not_count() {
    let (world, mut phone) = world().await;
    let (id, order) = phone.transfer(300, "2001", NOW);
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    submitted.unwrap().placing.unwrap().await.unwrap();
    check(&world, &mut phone, (1, "2001"), NOW, Some("payee is new")).await;
    world.set_state(id, OrderProgress::Cancelled).await;
    check(&world, &mut phone, (300, "2001"), NOW, None).await;
}

/// Lower limits for devices without an attestation that proves anything, and higher ones for keys in hardware.
const BY_VERDICT: VerdictLimits = VerdictLimits {
    none: LevelLimits {
        day: Some(60_000),
        new_device: Some(10_000),
    },
    basic: LevelLimits::SAME,
    hardware: LevelLimits {
        day: Some(150_000),
        new_device: Some(80_000),
    },
};

#[tokio::test]
async fn a_verdict_moves_the_limits_of_its_device() {
    let limits = Limits {
        by_verdict: BY_VERDICT,
        new_payee: i64::MAX,
        ..LIMITS
    };
    for (verdict, day, new_device) in [
        ("none", 600, 100),
        ("none android_key untrusted_root", 600, 100),
        ("of_a_newer_version", 600, 100),
        ("basic android_key software", 1_000, 500),
        ("hardware app_attest trusted_environment", 1_500, 800),
    ] {
        let (world, mut phone) = limited(limits).await;
        world.attest(verdict);
        world.enrol_at(NOW);
        world.set_time(NOW);
        let given = world.gateway.limits(world.device()).await;
        let given = given.unwrap().unwrap();
        let stated = (given.day, given.new_device_left.unwrap());
        let koruna = |units: i64| Money::new(units * 100, Currency::CZK);
        assert_eq!(stated, (koruna(day), koruna(new_device)), "{verdict}");
        let too_much = Some("device is new");
        check(&world, &mut phone, (new_device + 1, "2001"), NOW, too_much).await;
        check(&world, &mut phone, (new_device, "2001"), NOW, None).await;
        let later = NOW.plus_ms(12 * HOUR_MS);
        let left = day - new_device;
        let too_much = Some("day's limit");
        check(&world, &mut phone, (left + 1, "2002"), later, too_much).await;
        check(&world, &mut phone, (left, "2002"), later, None).await;
    }
}

/// The customer's orders of the day count for each of their devices, whatever it ordered itself.
#[tokio::test]
async fn what_a_better_device_ordered_counts_for_the_others() {
    let limits = Limits {
        by_verdict: BY_VERDICT,
        new_payee: i64::MAX,
        ..LIMITS
    };
    let (world, mut phone) = limited(limits).await;
    world.attest("hardware android_key strongbox");
    check(&world, &mut phone, (900, "2001"), NOW, None).await;
    world.attest("none");
    let limits = world.gateway.limits(world.device()).await;
    assert_eq!(limits.unwrap().unwrap().day_left.minor_units(), 0);
    check(&world, &mut phone, (1, "2002"), NOW, Some("day's limit")).await;
}
