//! An accepted order reaches the core bank, whatever happens in between.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use order::Intent;
use protocol::http::OrderProgress;
use serde_json::json;
use std::sync::atomic::Ordering;
use types::{IntentId, VoucherId, hex};

fn phone() -> Phone {
    let number = "5a623bd944994988b58e73718ea8134c";
    Phone::new(vec![VoucherId::new(
        hex::decode(number).unwrap().try_into().unwrap(),
    )])
}

async fn state(world: &World, id: IntentId) -> Option<OrderProgress> {
    let device = world.token_device().device;
    let answer = world.gateway.order(device, id).await.unwrap();
    answer.map(|answer| answer.state)
}

#[tokio::test]
async fn while_the_core_bank_is_away_nothing_is_judged_by_it_and_nothing_is_lost() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let (id, order) = phone().transfer(100, "704", NOW);
    let token = world.token_device();
    world.bank.away.store(true, Ordering::SeqCst);
    let failure = world
        .gateway
        .submit(&token, order.clone())
        .await
        .unwrap_err();
    assert_eq!(failure.code(), types::ErrorCode::Unavailable);
    assert_eq!(state(&world, id).await, None, "the device sends it again");

    world.bank.away.store(false, Ordering::SeqCst);
    let answer = world.gateway.submit(&token, order).await.unwrap();
    assert_eq!(answer.receipt.refusal, None);
    answer.placing.unwrap().await.unwrap();
    assert_eq!(state(&world, id).await, Some(OrderProgress::Pending));
}

#[tokio::test]
async fn an_order_that_its_request_did_not_hand_on_is_handed_on_later() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let mut phone = phone();
    let (id, order) = phone.transfer(100, "704", NOW);
    // As before a crash: in hand, and not handed on.
    let held = world.hold(id).await;
    let answer = world.gateway.submit(&world.token_device(), order).await;
    assert!(answer.unwrap().placing.is_none());
    assert_eq!(state(&world, id).await, Some(OrderProgress::Received));

    world.gateway.sweep().await.unwrap();
    let received = Some(OrderProgress::Received);
    assert_eq!(
        state(&world, id).await,
        received,
        "its request may still do it"
    );
    world.set_time(NOW.plus_ms(2_001));
    world.gateway.sweep().await.unwrap();
    assert_eq!(state(&world, id).await, received, "it is in hand");
    drop(held);
    world.gateway.sweep().await.unwrap();
    assert_eq!(state(&world, id).await, Some(OrderProgress::Pending));
    world.gateway.sweep().await.unwrap();
    assert_eq!(world.bank.placed.lock().unwrap()[&id], 1);
}

/// gateway's tables are an older copy, and the customer gave the id to another order meanwhile.
#[tokio::test]
async fn an_order_whose_id_the_core_bank_knows_of_another_order_is_refused() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let (_, other) = phone().transfer(101, "704", NOW);
    let (id, order) = phone().transfer(100, "704", NOW);
    let other = Intent::parse(&other.intent_bytes().unwrap()).unwrap().order;
    let key = ("692".parse().unwrap(), id.to_string());
    let active = core_bank::Target::Active(other);
    world.bank.orders.lock().unwrap().insert(key, active);
    let answer = world.gateway.submit(&world.token_device(), order).await;
    answer.unwrap().placing.unwrap().await.unwrap();
    let device = world.token_device().device;
    let answer = world.gateway.order(device, id).await.unwrap().unwrap();
    assert_eq!(answer.state, OrderProgress::Refused);
    assert_eq!(answer.reason.as_deref(), Some("id_used"));
}

/// gateway's tables are an older copy: the order came, was executed and has expired since.
#[tokio::test]
async fn an_order_that_the_core_bank_has_is_not_refused_when_gateway_has_forgotten_it() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let (id, order) = phone().transfer(100, "704", NOW);
    let key = ("692".parse().unwrap(), id.to_string());
    let executed = core_bank::Target::Done(order::OutcomeKind::Executed);
    world.bank.orders.lock().unwrap().insert(key, executed);
    world.set_time(NOW.plus_ms(7 * 86_400_000));
    let answer = world.gateway.submit(&world.token_device(), order).await;
    let answer = answer.unwrap();
    assert_eq!(answer.receipt.refusal, None);
    assert!(answer.placing.is_none());
    assert_eq!(state(&world, id).await, Some(OrderProgress::Executed));
}

#[tokio::test]
async fn a_pending_order_shows_what_became_of_it() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let (id, order) = phone().transfer(100, "704", NOW);
    let answer = world.gateway.submit(&world.token_device(), order).await;
    answer.unwrap().placing.unwrap().await.unwrap();
    let key = ("692".parse().unwrap(), id.to_string());
    let executed = core_bank::Target::Done(order::OutcomeKind::Executed);
    world.bank.orders.lock().unwrap().insert(key, executed);
    assert_eq!(state(&world, id).await, Some(OrderProgress::Executed));
}
