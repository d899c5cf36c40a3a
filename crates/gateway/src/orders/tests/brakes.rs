//! The customer's own brakes: which orders they stop, from when, and how long.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::brakes::BrakeRefusal;
use crate::gateway::Gateway;
use crate::orders::{Receipt, TokenDevice};
use crate::settings::{KindLimit, Limits, VerdictLimits};
use database::{Location, Transaction};
use order::SignedIntent;
use protocol::http::{OrderLimits, OwnBrake, SetBrake};
use serde_json::json;
use types::{Currency, ErrorCode, Money, Time};

const HOUR_MS: u64 = 3_600_000;

/// 1,000 koruna a day, 800 by transfers.
const LIMITS: Limits = Limits {
    day: 100_000,
    new_device: i64::MAX,
    new_payee: i64::MAX,
    cooling_off_ms: 12 * HOUR_MS,
    transfer: KindLimit {
        order: None,
        day: Some(80_000),
    },
    bill: KindLimit::NONE,
    standing: KindLimit::NONE,
    by_verdict: VerdictLimits::SAME,
};

/// When what is loosened at [`NOW`] is loose.
pub(super) const LOOSE: Time = NOW.plus_ms(12 * HOUR_MS);

pub(super) const OWN_LIMIT: Option<ErrorCode> = Some(ErrorCode::OwnLimitExceeded);
const BANKS_LIMIT: Option<ErrorCode> = Some(ErrorCode::OrderLimitExceeded);
pub(super) const FROZEN: Option<ErrorCode> = Some(ErrorCode::AccountFrozen);
pub(super) const NEW_PAYEE: Option<ErrorCode> = Some(ErrorCode::NewPayeesFrozen);

pub(super) async fn world() -> (World, Phone) {
    world_on(None).await
}

pub(super) async fn world_on(server: Option<Location>) -> (World, Phone) {
    let none = json!({"vouchers": {}});
    let world = World::with(&vectors()["world"], &none, (LIMITS, server)).await;
    let phone = Phone::new(world.vouchers().await);
    (world, phone)
}

pub(super) fn koruna(amount: i64) -> Money {
    Money::new(amount * 100, Currency::CZK)
}

pub(super) fn limit(brake: &str, amount: i64) -> SetBrake {
    SetBrake {
        limit: Some(koruna(amount)),
        ..freeze(brake)
    }
}

pub(super) fn freeze(brake: &str) -> SetBrake {
    SetBrake {
        brake: brake.to_owned(),
        limit: None,
        ends: false,
    }
}

pub(super) fn end(brake: &str) -> SetBrake {
    SetBrake {
        ends: true,
        ..freeze(brake)
    }
}

pub(super) async fn set(world: &World, request: SetBrake, time: Time) -> OrderLimits {
    world.set_time(time);
    let set = world.gateway.set_brake(world.device(), &request).await;
    set.unwrap().unwrap()
}

pub(super) async fn submit(gateway: &Gateway, token: &TokenDevice, order: SignedIntent) -> Receipt {
    let submitted = gateway.submit(token, order).await.unwrap();
    if let Some(placing) = submitted.placing {
        placing.await.unwrap();
    }
    submitted.receipt
}

async fn pay(
    world: &World,
    phone: &mut Phone,
    (koruna, to): (i64, &str),
    time: Time,
    expected: Option<ErrorCode>,
) {
    world.set_time(time);
    let (_, order) = phone.transfer(koruna, to, time);
    let receipt = submit(&world.gateway, &world.token_device(), order).await;
    assert_eq!(receipt.refusal, expected, "{koruna} to {to}: {receipt:?}");
}

pub(super) fn stated(limits: &OrderLimits, brake: &str) -> Option<OwnBrake> {
    let found = limits.brakes.iter().find(|own| own.brake == brake);
    found.cloned()
}

#[tokio::test]
async fn a_lower_limit_holds_at_once_and_a_higher_one_when_the_time_is_over() {
    let (world, mut phone) = world().await;
    let limits = set(&world, limit("day", 300), NOW).await;
    assert_eq!((limits.day, limits.day_left), (koruna(300), koruna(300)));
    let own = stated(&limits, "day").unwrap();
    assert_eq!(
        (own.limit, own.banks),
        (Some(koruna(300)), Some(koruna(1_000)))
    );
    assert_eq!((own.since, own.loosens, own.then), (NOW, None, None));
    assert_eq!(world.newest_act().await.action, "brake.set");
    pay(&world, &mut phone, (200, "2001"), NOW, None).await;
    pay(&world, &mut phone, (101, "2001"), NOW, OWN_LIMIT).await;
    let act = world.newest_act().await;
    assert_eq!(
        (act.action.as_str(), act.details["brakes"].as_str()),
        ("order.refused", "limit_of_a_day")
    );
    // Transfers between own accounts do not count.
    pay(&world, &mut phone, (900, "704"), NOW, None).await;

    let limits = set(&world, limit("day", 600), NOW).await;
    assert_eq!((limits.day, limits.day_left), (koruna(300), koruna(100)));
    let own = stated(&limits, "day").unwrap();
    assert_eq!((own.loosens, own.then), (Some(LOOSE), Some(koruna(600))));
    let act = world.newest_act().await;
    assert_eq!(act.action, "brake.loosens");
    assert_eq!(
        (act.details["limit"].as_str(), &act.details["from"]),
        ("60000", &LOOSE.ms().to_string())
    );
    let before = LOOSE.minus_ms(1);
    // A repetition does not begin the time anew, and is no change.
    assert_eq!(
        stated(&set(&world, limit("day", 600), before).await, "day"),
        Some(own)
    );
    assert_eq!(world.newest_act().await, act);
    pay(&world, &mut phone, (101, "2001"), before, OWN_LIMIT).await;
    pay(&world, &mut phone, (400, "2001"), LOOSE, None).await;
    pay(&world, &mut phone, (1, "2001"), LOOSE, OWN_LIMIT).await;
    let own = stated(
        &world.gateway.limits(world.device()).await.unwrap().unwrap(),
        "day",
    )
    .unwrap();
    assert_eq!(
        (own.limit, own.since, own.loosens),
        (Some(koruna(600)), LOOSE, None)
    );
}

#[tokio::test]
async fn a_withdrawn_raise_never_happens() {
    let (world, mut phone) = world().await;
    set(&world, limit("transfer.day", 100), NOW).await;
    set(&world, end("transfer.day"), NOW).await;
    let limits = set(&world, limit("transfer.day", 100), LOOSE.minus_ms(1)).await;
    assert_eq!(stated(&limits, "transfer.day").unwrap().loosens, None);
    assert_eq!(world.newest_act().await.action, "brake.kept");
    let much_later = LOOSE.plus_ms(1_000 * HOUR_MS);
    pay(&world, &mut phone, (101, "2001"), LOOSE, OWN_LIMIT).await;
    world.set_time(much_later);
    let mut phone = Phone::new(world.vouchers().await);
    pay(&world, &mut phone, (101, "2001"), much_later, OWN_LIMIT).await;

    // Another raise begins its time anew, and a lower limit ends it.
    set(&world, limit("transfer.day", 300), much_later).await;
    let later = much_later.plus_ms(HOUR_MS);
    let limits = set(&world, limit("transfer.day", 200), later).await;
    let loosens = stated(&limits, "transfer.day").unwrap().loosens.unwrap();
    assert_eq!(loosens, later.plus_ms(12 * HOUR_MS));
    let limits = set(&world, limit("transfer.day", 50), later).await;
    assert_eq!(stated(&limits, "transfer.day").unwrap().loosens, None);
    pay(&world, &mut phone, (51, "2001"), loosens, OWN_LIMIT).await;
    pay(&world, &mut phone, (50, "2001"), loosens, None).await;
}

#[tokio::test]
async fn limits_of_a_kind_hold_for_the_kind_alone() {
    let (world, mut phone) = world().await;
    set(&world, limit("bill.order", 0), NOW).await;
    set(&world, limit("standing.day", 0), NOW).await;
    let limits = set(&world, limit("transfer.order", 200), NOW).await;
    let of = |kind: &str| limits.kinds.iter().find(|one| one.kind == kind).unwrap();
    assert_eq!(
        (of("transfer").order, of("transfer").day),
        (Some(koruna(200)), Some(koruna(800)))
    );
    assert_eq!((of("bill").order, of("bill").day), (Some(koruna(0)), None));
    assert_eq!(
        (of("standing").day, of("standing").day_left),
        (Some(koruna(0)), Some(koruna(0)))
    );
    pay(&world, &mut phone, (201, "2001"), NOW, OWN_LIMIT).await;
    pay(&world, &mut phone, (200, "2001"), NOW, None).await;
}

#[tokio::test]
async fn the_banks_limit_wins_if_it_is_lower() {
    let (world, mut phone) = world().await;
    set(&world, limit("day", 500), NOW).await;
    set(&world, limit("day", 700), NOW).await;
    let bank = world
        .node_limited(Limits {
            day: 40_000,
            ..LIMITS
        })
        .await;
    for time in [NOW, LOOSE] {
        world.set_time(time);
        let limits = bank.limits(world.device()).await.unwrap().unwrap();
        assert_eq!((limits.day, limits.day_left), (koruna(400), koruna(400)));
        let (_, order) = phone.transfer(401, "2001", time);
        let receipt = submit(&bank, &world.token_device(), order).await;
        assert_eq!(receipt.refusal, BANKS_LIMIT);
    }
    // What is in force can be asked for again, even though it is above the bank's limit now.
    let asked = bank.set_brake(world.device(), &limit("day", 700)).await;
    asked.unwrap().unwrap();
    let asked = bank.set_brake(world.device(), &limit("day", 600)).await;
    assert_eq!(asked.unwrap(), Err(BrakeRefusal::AboveTheBanks));
}

#[tokio::test]
async fn a_frozen_account_is_debited_by_no_order_until_the_freeze_is_over() {
    let (world, mut phone) = world().await;
    let limits = set(&world, freeze("account:576"), NOW).await;
    let own = stated(&limits, "account:576").unwrap();
    assert_eq!((own.limit, own.banks, own.since), (None, None, NOW));
    let act = world.newest_act().await;
    assert_eq!(act.details["brake"], "account", "the account is not named");
    assert!(!format!("{act:?}").contains("576"), "{act:?}");
    pay(&world, &mut phone, (1, "2001"), NOW, FROZEN).await;
    assert_eq!(world.newest_act().await.details["brakes"], "account_frozen");
    assert_eq!(world.risk.asked(), [], "nobody judges what is refused");
    // Nor by one to an own account.
    pay(&world, &mut phone, (1, "704"), NOW, FROZEN).await;
    let (_, payee) = phone.add_payee("2001", NOW);
    assert_eq!(
        submit(&world.gateway, &world.token_device(), payee)
            .await
            .refusal,
        None
    );
    set(&world, end("account:576"), NOW).await;
    pay(&world, &mut phone, (1, "704"), LOOSE.minus_ms(1), FROZEN).await;
    pay(&world, &mut phone, (1, "704"), LOOSE, None).await;
    let limits = world.gateway.limits(world.device()).await.unwrap().unwrap();
    assert_eq!(limits.brakes, []);
    // It can be frozen again, at once.
    set(&world, freeze("account:576"), LOOSE).await;
    pay(&world, &mut phone, (1, "704"), LOOSE, FROZEN).await;
}

#[tokio::test]
async fn of_frozen_new_payees_none_becomes_known() {
    let (world, mut phone) = world().await;
    pay(&world, &mut phone, (1, "2001"), NOW, None).await;
    pay(&world, &mut phone, (1, "2002"), NOW.plus_ms(1), None).await;
    // 2001 is known by now, and 2002 is not quite.
    set(&world, freeze("new_payees"), LOOSE).await;
    let check = async |phone: &mut Phone, time| {
        pay(&world, phone, (1, "2001"), time, None).await;
        pay(&world, phone, (1, "704"), time, None).await;
        pay(&world, phone, (1, "2002"), time, NEW_PAYEE).await;
        pay(&world, phone, (1, "2003"), time, NEW_PAYEE).await;
    };
    check(&mut phone, LOOSE).await;
    let later = LOOSE.plus_ms(48 * HOUR_MS);
    check(&mut phone, later).await;
    set(&world, end("new_payees"), later).await;
    let loose = later.plus_ms(12 * HOUR_MS);
    pay(
        &world,
        &mut phone,
        (1, "2003"),
        loose.minus_ms(1),
        NEW_PAYEE,
    )
    .await;
    pay(&world, &mut phone, (1, "2003"), loose, None).await;
}

#[tokio::test]
async fn the_brakes_of_another_customer_change_nothing() {
    let (world, mut phone) = world().await;
    // 693 may order from 576, too.
    world.devices_of("693");
    for brake in [freeze("account:576"), freeze("new_payees"), limit("day", 0)] {
        set(&world, brake, NOW).await;
    }
    world.devices_of("692");
    assert_eq!(
        world
            .gateway
            .limits(world.device())
            .await
            .unwrap()
            .unwrap()
            .brakes,
        []
    );
    pay(&world, &mut phone, (1, "2001"), NOW, None).await;
}

#[tokio::test]
async fn a_stop_withdraws_what_would_loosen() {
    let (world, mut phone) = world().await;
    set(&world, freeze("account:576"), NOW).await;
    set(&world, end("account:576"), NOW).await;
    let customer = "692".parse().unwrap();
    world.gateway.stop(&customer, 5).await.unwrap();
    // A request that gateway took before it heard of the stop.
    let end = end("account:576");
    let late = world.gateway.set_brake(world.device(), &end).await;
    assert_eq!(late.unwrap().unwrap_err(), BrakeRefusal::Stopped);
    world.gateway.resume(&customer, 6).await.unwrap();
    pay(&world, &mut phone, (1, "704"), LOOSE, FROZEN).await;
}

#[tokio::test]
async fn brakes_that_have_ended_are_forgotten_and_no_others() {
    let (world, mut phone) = world().await;
    for brake in ["account:576", "account:704"] {
        set(&world, freeze(brake), NOW).await;
    }
    set(&world, limit("day", 300), NOW).await;
    set(&world, limit("day", 600), NOW).await;
    set(&world, end("account:704"), NOW).await;
    let later = LOOSE.plus_ms(1);
    for (time, left) in [(LOOSE, 3), (later, 2)] {
        world.set_time(time);
        world.gateway.forget().await.unwrap();
        let count = async |tx: &mut Transaction<'_>| {
            let select = "SELECT COUNT(*) FROM brake";
            Ok(tx.query_one(select, &[]).await?.get::<i64>(0)?)
        };
        assert_eq!(world.read(count).await, left);
    }
    set(&world, end("account:576"), later).await;
    pay(&world, &mut phone, (1, "2001"), later, FROZEN).await;
    let free = later.plus_ms(12 * HOUR_MS);
    pay(&world, &mut phone, (601, "2001"), free, OWN_LIMIT).await;
    pay(&world, &mut phone, (600, "2001"), free, None).await;
}
