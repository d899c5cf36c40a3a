//! Two requests, or two nodes, at once.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::orders::Receipt;
use database::Location;
use futures_util::future::join_all;
use serde_json::json;
use types::{ErrorCode, VoucherId, hex};

/// A voucher of the vectors' phone, of 5,000 koruna.
fn voucher() -> VoucherId {
    let number = "5a623bd944994988b58e73718ea8134c";
    VoucherId::new(hex::decode(number).unwrap().try_into().unwrap())
}

async fn world(server: Option<Location>) -> World {
    let vectors = vectors();
    World::with(
        &vectors["world"],
        &json!({}),
        (super::world::NO_LIMITS, server),
    )
    .await
}

/// The same intent, many times at once, on two nodes.
async fn the_same_intent_gets_one_answer(world: &World) {
    let other = world.another_node().await;
    let (id, order) = Phone::new(vec![voucher()]).transfer(100, "704", NOW);
    let token = world.token_device();
    let requests = (0..16).map(|index| {
        let node = if index % 2 == 0 {
            &world.gateway
        } else {
            &other
        };
        node.submit(&token, order.clone())
    });
    let answers = join_all(requests).await;
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.receipt.refusal, None);
        bodies.push(answer.receipt.body);
        if let Some(placing) = answer.placing {
            placing.await.unwrap();
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all got the same bytes");
    assert_eq!(world.bank.placed.lock().unwrap()[&id], 1);
}

/// Different intents under one voucher, at once, on two nodes.
async fn a_voucher_is_spent_once(world: &World) {
    let other = world.another_node().await;
    let mut phone = Phone::new(vec![voucher()]);
    let mut orders = Vec::new();
    for koruna in 1..=16 {
        orders.push(phone.transfer(koruna, "704", NOW).1);
        phone.again_under(voucher());
    }
    let token = world.token_device();
    let requests = orders.into_iter().enumerate().map(|(index, order)| {
        let node = if index % 2 == 0 {
            &world.gateway
        } else {
            &other
        };
        node.submit(&token, order)
    });
    let answers = join_all(requests).await.into_iter();
    let refusals: Vec<_> = answers
        .map(|answer| answer.unwrap().receipt.refusal)
        .collect();
    let accepted = refusals.iter().filter(|refusal| refusal.is_none()).count();
    assert_eq!(accepted, 1, "{refusals:?}");
    let spent = Some(ErrorCode::VoucherSpent);
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.is_none() || *refusal == spent)
    );
}

/// An order and its cancellation at once: the order is never accepted after its id was burnt.
async fn a_cancellation_and_its_order_agree(world: &World) {
    let other = world.another_node().await;
    let mut phone = Phone::new(vec![voucher()]);
    let (id, order) = phone.transfer(100, "704", NOW);
    let (_, cancel) = phone.cancel(id, NOW);
    let token = world.token_device();
    let (order, cancel) = futures_util::future::join(
        world.gateway.submit(&token, order),
        other.submit(&token, cancel),
    )
    .await;
    let refusal = |receipt: Receipt| receipt.refusal;
    let (order, cancel) = (
        refusal(order.unwrap().receipt),
        refusal(cancel.unwrap().receipt),
    );
    match (order, cancel) {
        // The cancellation was first.
        (Some(ErrorCode::OrderCancelledBefore), None) => {}
        // The order was first; the cancellation copied nothing of it, or came in between.
        (None, Some(ErrorCode::OrderTargetUnknown)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_nodes_answer_as_one_on_postgresql() {
    let server = testkit::postgres::PostgresServer::shared();
    for check in 0..3 {
        let schema = testkit::postgres::unused_schema();
        let world = world(Some(Location::schema(
            &server.url().parse().unwrap(),
            &schema,
        )))
        .await;
        match check {
            0 => the_same_intent_gets_one_answer(&world).await,
            1 => a_voucher_is_spent_once(&world).await,
            _ => a_cancellation_and_its_order_agree(&world).await,
        }
    }
}

#[tokio::test]
async fn two_nodes_answer_as_one_on_sqlite() {
    the_same_intent_gets_one_answer(&world(None).await).await;
    a_voucher_is_spent_once(&world(None).await).await;
    a_cancellation_and_its_order_agree(&world(None).await).await;
}
