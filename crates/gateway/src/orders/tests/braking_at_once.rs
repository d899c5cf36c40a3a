//! Brakes and orders at once: an order that is being judged, that waits for its second approval, or that races the brake.

use super::brakes::{FROZEN, NEW_PAYEE, OWN_LIMIT, freeze, limit, set, submit, world, world_on};
use super::challenges::challenge_in;
use super::phone::NOW;
use crate::gateway::Gateway;
use crate::ports::{Assessment, Candidate, Needs, PortError, Risk, Verdict};
use async_trait::async_trait;
use database::Location;
use futures_util::future::{join, join_all};
use protocol::http::{OrderProgress, SetBrake};
use types::{DeviceId, ErrorCode};

#[tokio::test]
async fn a_freeze_ends_an_order_that_waits_for_its_second_approval() {
    for (request, code) in [
        (freeze("account:576"), FROZEN),
        (freeze("new_payees"), NEW_PAYEE),
        (limit("day", 0), None),
    ] {
        let (world, mut phone) = world().await;
        world.set_time(NOW);
        world
            .risk
            .answer(Verdict::Challenge(Needs::Signature), &["new_payee"]);
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

/// Orders and a freeze at once, on two nodes: by the audit records, none is accepted after the freeze.
async fn no_order_is_accepted_after_a_freeze(server: Option<Location>) {
    const ORDERS: usize = 12;
    let (world, mut phone) = world_on(server).await;
    world.set_time(NOW);
    let other = world.another_node().await;
    let token = world.token_device();
    let orders = (0..ORDERS).map(|_| phone.transfer(1, "704", NOW).1);
    let orders: Vec<_> = orders.collect();
    let requests = orders.into_iter().enumerate().map(|(index, order)| {
        let node = [&world.gateway, &other][index % 2];
        node.submit(&token, order)
    });
    let account = freeze("account:576");
    let freeze = world.gateway.set_brake(token.device, &account);
    let (answers, frozen) = join(join_all(requests), freeze).await;
    frozen.unwrap().unwrap();
    for answer in answers {
        let refusal = answer.unwrap().receipt.refusal;
        assert!(refusal.is_none() || refusal == FROZEN, "{refusal:?}");
    }
    let acts = world.newest_acts::<{ ORDERS + 1 }>().await;
    let actions = acts.each_ref().map(|act| act.action.as_str());
    let mut later = actions.iter().take_while(|action| **action != "brake.set");
    assert!(
        later.all(|action| *action == "order.refused"),
        "{actions:?}"
    );
}

#[tokio::test]
async fn no_order_is_accepted_after_a_freeze_on_sqlite() {
    no_order_is_accepted_after_a_freeze(None).await;
}

#[tokio::test]
async fn no_order_is_accepted_after_a_freeze_on_postgresql() {
    let server = testkit::postgres::PostgresServer::shared();
    let schema = testkit::postgres::unused_schema();
    let place = Location::schema(&server.url().parse().unwrap(), &schema);
    no_order_is_accepted_after_a_freeze(Some(place)).await;
}
