//! The customer's own brakes.

use super::challenges::challenge_in;
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::brakes::BrakeRefusal;
use crate::gateway::Gateway;
use crate::orders::{Receipt, TokenDevice};
use crate::ports::{Assessment, Candidate, PortError, Risk, StatementsError, Verdict};
use crate::settings::{KindLimit, Limits};
use async_trait::async_trait;
use database::Location;
use order::SignedIntent;
use protocol::http::{OrderLimits, OrderProgress, OwnBrake, SetBrake};
use protocol::{BrakeChange, BrakeStep};
use serde_json::json;
use types::{Currency, DeviceId, ErrorCode, Money, Time};

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
};

/// When what is loosened at [`NOW`] is loose.
const LOOSE: Time = NOW.plus_ms(12 * HOUR_MS);

const OWN_LIMIT: Option<ErrorCode> = Some(ErrorCode::OwnLimitExceeded);
const BANKS_LIMIT: Option<ErrorCode> = Some(ErrorCode::OrderLimitExceeded);
const FROZEN: Option<ErrorCode> = Some(ErrorCode::AccountFrozen);
const NEW_PAYEE: Option<ErrorCode> = Some(ErrorCode::NewPayeesFrozen);

async fn world() -> (World, Phone) {
    world_on(None).await
}

async fn world_on(server: Option<Location>) -> (World, Phone) {
    let none = json!({"vouchers": {}});
    let world = World::with(&vectors()["world"], &none, (LIMITS, server)).await;
    let phone = Phone::new(world.vouchers().await);
    (world, phone)
}

fn koruna(amount: i64) -> Money {
    Money::new(amount * 100, Currency::CZK)
}

fn limit(brake: &str, amount: i64) -> SetBrake {
    SetBrake {
        limit: Some(koruna(amount)),
        ..freeze(brake)
    }
}

fn freeze(brake: &str) -> SetBrake {
    SetBrake {
        brake: brake.to_owned(),
        limit: None,
        ends: false,
    }
}

fn end(brake: &str) -> SetBrake {
    SetBrake {
        ends: true,
        ..freeze(brake)
    }
}

async fn set(world: &World, request: SetBrake, time: Time) -> OrderLimits {
    world.set_time(time);
    let set = world.gateway.set_brake(world.device(), &request).await;
    set.unwrap().unwrap()
}

async fn submit(gateway: &Gateway, token: &TokenDevice, order: SignedIntent) -> Receipt {
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

fn stated(limits: &OrderLimits, brake: &str) -> Option<OwnBrake> {
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
    world.gateway.resume(&customer, 6).await.unwrap();
    pay(&world, &mut phone, (1, "704"), LOOSE, FROZEN).await;
}

#[tokio::test]
async fn all_devices_are_told_of_each_change_once() {
    let (world, _) = world().await;
    let told = |brake: &str, step, (limit, from): (Option<i64>, Option<Time>)| BrakeChange {
        brake: brake.to_owned(),
        step,
        limit: limit.map(koruna),
        from,
        device: world.device(),
    };
    let mut changes = Vec::new();
    for (request, expected) in [
        (
            limit("day", 300),
            told("day", BrakeStep::Set, (Some(300), None)),
        ),
        (
            limit("day", 600),
            told("day", BrakeStep::Loosens, (Some(600), Some(LOOSE))),
        ),
        (
            limit("day", 300),
            told("day", BrakeStep::Kept, (None, None)),
        ),
        (
            freeze("account:576"),
            told("account:576", BrakeStep::Set, (None, None)),
        ),
        (
            end("account:576"),
            told("account:576", BrakeStep::Loosens, (None, Some(LOOSE))),
        ),
    ] {
        // A repetition is no change.
        set(&world, request.clone(), NOW).await;
        set(&world, request, NOW).await;
        let [(cause, change)] = world.told().try_into().unwrap();
        assert_eq!(change, expected);
        changes.push(cause);
    }
    changes.sort();
    changes.dedup();
    assert_eq!(changes.len(), 5, "each has a cause of its own");
    world.gateway.tell_all().await.unwrap();
    assert_eq!(world.told(), []);

    // If notification does not answer, the brake holds all the same, and is told later, once.
    let away = || StatementsError::Unavailable("it is away".into());
    world.tells(away());
    let limits = set(&world, freeze("new_payees"), NOW).await;
    assert!(stated(&limits, "new_payees").is_some());
    assert_eq!(world.told(), []);
    world.tells(away());
    world.gateway.tell_all().await.unwrap_err();
    let other = world.another_node().await;
    other.tell_all().await.unwrap();
    assert_eq!(world.told().len(), 1);
    world.gateway.tell_all().await.unwrap();
    assert_eq!(world.told(), []);

    // Nobody reads the channel of an erased customer.
    world.tells(StatementsError::ChannelUnknown);
    set(&world, end("new_payees"), NOW).await;
    world.gateway.tell_all().await.unwrap();
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn a_wrong_request_is_refused_and_recorded() {
    let (world, _) = world().await;
    let check = async |request: SetBrake, expected: BrakeRefusal| {
        let asked = world.gateway.set_brake(world.device(), &request).await;
        assert_eq!(asked.unwrap(), Err(expected), "{request:?}");
        let act = world.newest_act().await;
        assert_eq!(act.action, "brake.refused");
        assert_eq!(act.details["reason"], expected.reason());
    };
    let day = |limit: Money| SetBrake {
        limit: Some(limit),
        ..freeze("day")
    };
    let both = |brake: &str| SetBrake {
        limit: Some(koruna(1)),
        ..end(brake)
    };
    check(freeze("week"), BrakeRefusal::Unknown).await;
    check(limit("cancel.order", 1), BrakeRefusal::Unknown).await;
    check(freeze("day"), BrakeRefusal::LimitMissing).await;
    check(limit("new_payees", 1), BrakeRefusal::LimitOfFreeze).await;
    check(both("day"), BrakeRefusal::LimitOfEnd).await;
    check(both("account:576"), BrakeRefusal::LimitOfEnd).await;
    check(
        day(Money::new(1, "EUR".parse().unwrap())),
        BrakeRefusal::Currency,
    )
    .await;
    check(day(Money::new(-1, Currency::CZK)), BrakeRefusal::Negative).await;
    check(
        day(Money::new(100_001, Currency::CZK)),
        BrakeRefusal::AboveTheBanks,
    )
    .await;
    check(limit("transfer.day", 801), BrakeRefusal::AboveTheBanks).await;
    check(freeze("account:1005"), BrakeRefusal::NotHeld).await;
    // A kind without a limit of the bank's has any, and what is not there can be ended.
    set(&world, limit("bill.day", 1_000_000), NOW).await;
    let act = world.newest_act().await;
    for brake in ["day", "new_payees", "account:1005"] {
        set(&world, end(brake), NOW).await;
    }
    assert_eq!(world.newest_act().await, act, "nothing changed");
    world.revoke();
    check(freeze("new_payees"), BrakeRefusal::DeviceRemoved).await;
    assert!(
        world
            .gateway
            .limits(world.device())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_freeze_ends_an_order_that_waits_for_its_second_approval() {
    for (request, code) in [
        (freeze("account:576"), FROZEN),
        (freeze("new_payees"), NEW_PAYEE),
        (limit("day", 0), None),
    ] {
        let (world, mut phone) = world().await;
        world.set_time(NOW);
        world.risk.answer(Verdict::Challenge, &["new_payee"]);
        let (id, order) = phone.transfer(100, "1005", NOW);
        let token = world.token_device();
        let receipt = submit(&world.gateway, &token, order.clone()).await;
        let challenge = challenge_in(&receipt).challenge;
        set(&world, request, NOW).await;
        for _ in 0..2 {
            let answer = phone.answer(&phone.challenge(&order, challenge));
            let approved = world.gateway.approve(&token, id, answer).await.unwrap();
            assert_eq!(approved.receipt.refusal, code);
        }
        let state = world.gateway.order(world.device(), id).await.unwrap();
        let state = state.unwrap();
        assert_eq!(state.code, code.map(ErrorCode::number));
        assert_eq!(state.state == OrderProgress::Refused, code.is_some());
    }
}

/// A customer who brakes while the bank judges their order.
struct Braking(Gateway, DeviceId, SetBrake);

#[async_trait]
impl Risk for Braking {
    async fn assess(&self, _: &Candidate) -> Result<Assessment, PortError> {
        let Self(gateway, device, request) = self;
        gateway.set_brake(*device, request).await.unwrap().unwrap();
        Ok(Assessment {
            verdict: Verdict::Approve,
            reasons: Vec::new(),
        })
    }
}

async fn a_brake_stops_an_order_that_is_being_judged(server: impl Fn() -> Option<Location>) {
    for (request, code) in [
        (limit("day", 99), OWN_LIMIT),
        (freeze("new_payees"), NEW_PAYEE),
        (freeze("account:576"), FROZEN),
    ] {
        let (world, mut phone) = world_on(server()).await;
        world.set_time(NOW);
        let token = world.token_device();
        let braking = Braking(world.gateway.clone(), token.device, request);
        let node = world.node_with(braking).await;
        let (id, order) = phone.transfer(100, "1005", NOW);
        let receipt = submit(&node, &token, order).await;
        assert_eq!((receipt.refusal, world.placed(id)), (code, 0));
    }
}

#[tokio::test]
async fn a_brake_stops_an_order_that_is_being_judged_on_sqlite() {
    a_brake_stops_an_order_that_is_being_judged(|| None).await;
}

#[tokio::test]
async fn a_brake_stops_an_order_that_is_being_judged_on_postgresql() {
    let server = testkit::postgres::PostgresServer::shared();
    let schema = || {
        let schema = testkit::postgres::unused_schema();
        Some(Location::schema(&server.url().parse().unwrap(), &schema))
    };
    a_brake_stops_an_order_that_is_being_judged(schema).await;
}
