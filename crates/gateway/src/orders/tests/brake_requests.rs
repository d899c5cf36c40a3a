//! Requests about brakes: which are refused, and what all devices are told of the others.

use super::brakes::{LOOSE, end, freeze, koruna, limit, set, stated, world};
use super::phone::NOW;
use crate::Failure;
use crate::brakes::BrakeRefusal;
use crate::http::order_routes;
use crate::ports::StatementsError;
use crate::store::brake::{self, BrakeRow};
use order::Brake;
use protocol::http::SetBrake;
use protocol::{BrakeChange, BrakeStep};
use testkit::credentials::{Ask, ask, check_problem};
use testkit::devices::TestIssuer;
use types::{Currency, ErrorCode, Money, Time};

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
async fn a_customer_has_256_brakes_at_most() {
    let (world, _) = world().await;
    set(&world, limit("day", 300), NOW).await;
    let customer = world.customer().await;
    let brake = |index: usize| BrakeRow {
        customer,
        brake: [u8::try_from(index).unwrap(); 32],
        sealed: world.gateway.seal_brake(&Brake::NewPayees).unwrap(),
        minor_units: 0,
        since: NOW,
        loosening: None,
    };
    let others: Vec<_> = (0..255).map(brake).collect();
    let database = &world.gateway.0.database;
    let put = database.write(async move |tx| {
        for row in &others {
            brake::put(tx, row).await?;
        }
        Ok::<_, Failure>(())
    });
    put.await.unwrap();
    let another = freeze("account:576");
    let asked = world.gateway.set_brake(world.device(), &another).await;
    assert_eq!(asked.unwrap(), Err(BrakeRefusal::TooMany));
    let limits = set(&world, limit("day", 200), NOW).await;
    assert_eq!(limits.brakes.len(), 256, "what is there can be changed");
}

#[tokio::test]
async fn the_routes_are_a_devices() {
    let (world, _) = world().await;
    let issuer = TestIssuer::new();
    let router = order_routes(world.gateway.clone(), &issuer.guard().await);
    let device = issuer.device(&[]);
    let check = async |method: &str, body: Option<&str>, code: ErrorCode| {
        let path = "/v1/brakes";
        let headers = device.headers(method, path, &issuer.nonce());
        let answer = ask(&router, Ask { method, path, body }, &headers).await;
        check_problem(&format!("{method} {body:?}"), &answer, code);
    };
    // ciam does not know the test issuer's device.
    let removed = ErrorCode::OrderDeviceRemoved;
    check("GET", None, removed).await;
    check("POST", Some(r#"{"brake": "new_payees"}"#), removed).await;
    check("POST", None, ErrorCode::WrongContentType).await;
    check("DELETE", None, ErrorCode::MethodNotAllowed).await;
    for body in ["", "{}", r#"{"brake": "day", "other": 1}"#] {
        check("POST", Some(body), ErrorCode::Malformed).await;
    }
    let path = "/v1/brakes";
    let (method, body) = ("GET", None);
    let answer = ask(&router, Ask { method, path, body }, &[]).await;
    assert_eq!(answer.0, 401, "without a token");
}
