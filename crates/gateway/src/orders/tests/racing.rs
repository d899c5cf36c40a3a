//! Two requests, or two nodes, at once.

use super::challenges::{challenge_in, voucher};
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::orders::{Receipt, Submitted};
use crate::ports::{Needs, Verdict};
use crate::{Failure, Policy};
use database::Location;
use futures_util::future::join_all;
use order::SignedIntent;
use protocol::http::{OrderProgress, OrderReceived};
use serde_json::json;
use types::ErrorCode;

async fn world(server: Option<Location>) -> World {
    let vectors = vectors();
    World::with(
        &vectors["world"],
        &json!({}),
        (super::world::NO_LIMITS, server),
    )
    .await
}

/// Submits an order many times at once, on two nodes.
async fn many_times_at_once(
    world: &World,
    order: &SignedIntent,
) -> Vec<Result<Submitted, Failure>> {
    let other = world.another_node().await;
    let token = world.token_device();
    let requests = (0..16).map(|index| {
        let node = if index % 2 == 0 {
            &world.gateway
        } else {
            &other
        };
        node.submit(&token, order.clone())
    });
    join_all(requests).await
}

/// The same intent, many times at once, on two nodes.
async fn the_same_intent_gets_one_answer(world: &World) {
    let (id, order) = Phone::new(vec![voucher()]).transfer(100, "704", NOW);
    let answers = many_times_at_once(world, &order).await;
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

/// A challenged order, many times at once, on two nodes: one challenge.
async fn a_challenged_order_has_one_challenge(world: &World) {
    world
        .risk
        .answer(Verdict::Challenge(Needs::Signature), &["new_payee"]);
    let (id, order) = Phone::new(vec![voucher()]).transfer(100, "1005", NOW);
    let answers = many_times_at_once(world, &order).await.into_iter();
    let challenges: Vec<_> = answers
        .map(|answer| challenge_in(&answer.unwrap().receipt))
        .collect();
    assert!(challenges.iter().all(|one| *one == challenges[0]));
    assert!(world.risk.asked().len() > 1, "they were judged at once");
    assert_eq!(world.placed(id), 0);
}

/// The answer to a challenge, many times at once, on two nodes: all are told the same, and one hands the order on.
async fn an_answer_hands_the_order_on_once(world: &World) {
    let other = world.another_node().await;
    world.risk.answer(Verdict::Challenge(Needs::Signature), &[]);
    let mut phone = Phone::new(vec![voucher()]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let token = world.token_device();
    let receipt = world.gateway.submit(&token, order.clone()).await.unwrap();
    let challenge = challenge_in(&receipt.receipt).challenge;
    let answers = (0..16).map(|index| {
        let node = if index % 2 == 0 {
            &world.gateway
        } else {
            &other
        };
        let answer = phone.answer(&phone.challenge(&order, challenge));
        node.approve(&token, id, answer)
    });
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    let mut handed_on = 0;
    for answer in join_all(answers).await {
        let answer = answer.unwrap();
        assert_eq!(answer.receipt.refusal, None);
        bodies.push(answer.receipt.body);
        if let Some(placing) = answer.placing {
            placing.await.unwrap();
            handed_on += 1;
        }
    }
    bodies.dedup();
    assert_eq!((bodies.len(), handed_on, world.placed(id)), (1, 1, 1));
}

/// An answer, a cancellation and the end of the time at once: one of them wins, and the others are told so.
async fn of_an_answer_and_a_cancellation_one_wins(world: &World) {
    let other = world.another_node().await;
    world.risk.answer(Verdict::Challenge(Needs::Signature), &[]);
    let mut phone = Phone::new(vec![voucher()]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let (_, cancel) = phone.cancel_as_it_stands(&order, NOW);
    let token = world.token_device();
    let receipt = world.gateway.submit(&token, order.clone()).await.unwrap();
    let challenge = challenge_in(&receipt.receipt).challenge;
    let answer = phone.answer(&phone.challenge(&order, challenge));
    let (answer, cancel) = futures_util::future::join(
        world.gateway.approve(&token, id, answer),
        other.submit(&token, cancel),
    )
    .await;
    let (answer, cancel) = (answer.unwrap(), cancel.unwrap());
    for placing in [answer.placing, cancel.placing].into_iter().flatten() {
        placing.await.unwrap();
    }
    let state = world.gateway.order(world.device(), id).await.unwrap();
    let state = state.unwrap().state;
    match (answer.receipt.refusal, cancel.receipt.refusal) {
        // The answer was first; the cancellation reached the core bank behind the order. Each of them hands the order on:
        // the core bank takes it once.
        (None, None) => {
            assert!(matches!(world.placed(id), 1 | 2), "{}", world.placed(id));
            assert_eq!(state, OrderProgress::Cancelled);
        }
        // The cancellation was first.
        (Some(ErrorCode::OrderNotChallenged), None) => {
            assert_eq!((world.placed(id), state), (0, OrderProgress::Cancelled));
        }
        other => panic!("{other:?}"),
    }
}

/// Two orders to a new payee at once, each of which alone would be approved: together they are above the policy's limit, so
/// the one that comes second is challenged.
async fn orders_at_once_are_assessed_together(world: &World) {
    let policy = Policy {
        challenge_new_payee_above: Some(15_000),
        challenge_login_above: None,
        cooling_off_ms: 3_600_000,
    };
    let nodes = [world.node_with(policy).await, world.node_with(policy).await];
    let mut phone = Phone::new(world.vouchers().await);
    let orders: Vec<_> = (0..8).map(|_| phone.transfer(100, "1005", NOW).1).collect();
    let token = world.token_device();
    let requests = orders.into_iter().enumerate();
    let requests = requests.map(|(index, order)| nodes[index % 2].submit(&token, order));
    let (mut approved, mut challenged) = (0, 0);
    for answer in join_all(requests).await {
        let received: OrderReceived =
            serde_json::from_slice(&answer.unwrap().receipt.body).unwrap();
        match received.challenge {
            None => approved += 1,
            Some(_) => challenged += 1,
        }
    }
    assert_eq!((approved, challenged), (1, 7));
    let limits = nodes[0].vouchers(token.device).await.unwrap().limits;
    let announced = limits.unwrap().approve_again_above.unwrap();
    assert_eq!(announced.minor_units(), 15_000);
}

#[tokio::test]
async fn two_nodes_answer_as_one_on_postgresql() {
    let server = testkit::postgres::PostgresServer::shared();
    for check in 0..7 {
        let schema = testkit::postgres::unused_schema();
        let world = world(Some(Location::schema(
            &server.url().parse().unwrap(),
            &schema,
        )))
        .await;
        match check {
            0 => the_same_intent_gets_one_answer(&world).await,
            1 => a_voucher_is_spent_once(&world).await,
            2 => a_cancellation_and_its_order_agree(&world).await,
            3 => a_challenged_order_has_one_challenge(&world).await,
            4 => an_answer_hands_the_order_on_once(&world).await,
            5 => of_an_answer_and_a_cancellation_one_wins(&world).await,
            _ => orders_at_once_are_assessed_together(&world).await,
        }
    }
}

#[tokio::test]
async fn two_nodes_answer_as_one_on_sqlite() {
    the_same_intent_gets_one_answer(&world(None).await).await;
    a_voucher_is_spent_once(&world(None).await).await;
    a_cancellation_and_its_order_agree(&world(None).await).await;
    a_challenged_order_has_one_challenge(&world(None).await).await;
    an_answer_hands_the_order_on_once(&world(None).await).await;
    of_an_answer_and_a_cancellation_one_wins(&world(None).await).await;
    orders_at_once_are_assessed_together(&world(None).await).await;
}
