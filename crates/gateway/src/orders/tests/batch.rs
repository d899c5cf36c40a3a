//! Several orders in one request: each is judged by itself.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::{NO_LIMITS, World};
use crate::http::order_routes;
use crate::orders::Receipt;
use http_edge::FurtherPermits;
use order::SignedIntent;
use protocol::http::{BATCH_ORDERS_MAX, OrderAnswers, SignedOrder, SignedOrders};
use serde_json::json;
use testkit::credentials::{Ask, ask, check_problem};
use testkit::devices::TestIssuer;
use types::ErrorCode;

async fn world() -> (World, Phone) {
    let vectors = vectors();
    let world = World::with(
        &vectors["world"],
        &json!({"vouchers": {}}),
        (NO_LIMITS, None),
    )
    .await;
    world.set_time(NOW);
    let phone = Phone::new(world.vouchers().await);
    (world, phone)
}

fn posted(order: &SignedIntent) -> SignedOrder {
    SignedOrder {
        signed: order.signed.clone().into(),
        assertion: None,
    }
}

async fn submit(world: &World, orders: &[&SignedIntent]) -> Vec<Receipt> {
    let bodies = orders
        .iter()
        .map(|order| serde_json::to_vec(&posted(order)));
    submit_bodies(world, bodies.map(Result::unwrap).collect()).await
}

async fn submit_bodies(world: &World, orders: Vec<Vec<u8>>) -> Vec<Receipt> {
    let (token, permits) = (world.token_device(), FurtherPermits::default());
    let submitted = world.gateway.submit_all(&token, orders, &permits).await;
    let mut receipts = Vec::new();
    for submitted in submitted {
        let submitted = submitted.unwrap();
        if let Some(placing) = submitted.placing {
            placing.await.unwrap();
        }
        receipts.push(submitted.receipt);
    }
    receipts
}

#[tokio::test]
async fn each_order_of_a_batch_is_judged_by_itself() {
    let (world, mut phone) = world().await;
    let (one, first) = phone.transfer(1, "704", NOW);
    let (two, mut broken) = phone.transfer(2, "704", NOW);
    broken.signed.truncate(9);
    let (three, late) = phone.transfer(3, "704", NOW.minus_ms(7_200_000));
    let (four, last) = phone.transfer(4, "704", NOW);
    let batch = [&first, &broken, &late, &last];
    let answers = submit(&world, &batch).await;
    let refusals: Vec<_> = answers.iter().map(|answer| answer.refusal).collect();
    let (malformed, expired) = (ErrorCode::OrderMalformed, ErrorCode::OrderExpired);
    assert_eq!(refusals, [None, Some(malformed), Some(expired), None]);
    for (intent, times) in [(one, 1), (two, 0), (three, 0), (four, 1)] {
        assert_eq!(world.placed(intent), times);
    }
    let again = submit(&world, &batch).await;
    for (answer, again) in answers.iter().zip(&again) {
        assert_eq!(answer.body, again.body, "the stored answer");
    }
    assert_eq!((world.placed(one), world.placed(four)), (1, 1));
    let single = world.gateway.submit(&world.token_device(), first).await;
    assert_eq!(single.unwrap().receipt.body, answers[0].body);
}

#[tokio::test]
async fn what_is_no_order_spoils_no_other_one_of_the_batch() {
    let (world, mut phone) = world().await;
    let (intent, order) = phone.transfer(1, "704", NOW);
    let order = serde_json::to_vec(&posted(&order)).unwrap();
    for body in [json!(7), json!({ "signed": "=" }), json!([]), json!(null)] {
        let body = body.to_string().into_bytes();
        let answers = submit_bodies(&world, vec![body, order.clone()]).await;
        let refusals: Vec<_> = answers.iter().map(|answer| answer.refusal).collect();
        assert_eq!(refusals, [Some(ErrorCode::OrderMalformed), None]);
    }
    assert_eq!(world.placed(intent), 1);
}

#[tokio::test]
async fn the_same_order_twice_in_a_batch_is_a_repetition() {
    let (world, mut phone) = world().await;
    let (intent, order) = phone.transfer(1, "704", NOW);
    let answers = submit(&world, &[&order, &order, &order]).await;
    assert_eq!(answers.len(), 3);
    for answer in &answers {
        assert_eq!(answer.refusal, None);
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(world.placed(intent), 1);
}

#[tokio::test]
async fn a_batch_has_1_to_20_orders_and_each_counts_as_a_request() {
    let (world, mut phone) = world().await;
    let issuer = TestIssuer::new();
    let router = order_routes(world.gateway.clone(), &issuer.guard().await);
    let (_, order) = phone.transfer(1, "704", NOW);
    let order = serde_json::to_value(posted(&order)).unwrap();
    let device = issuer.device(&[]);
    let post = async |count: usize| {
        let batch = SignedOrders {
            orders: vec![order.clone(); count],
        };
        let body = serde_json::to_string(&batch).unwrap();
        let (method, path) = ("POST", "/v1/orders/batch");
        let headers = device.headers(method, path, &issuer.nonce());
        let body = Some(body.as_str());
        ask(&router, Ask { method, path, body }, &headers).await
    };
    for count in [0, BATCH_ORDERS_MAX + 1] {
        check_problem("a batch", &post(count).await, ErrorCode::Malformed);
    }
    // The two were counted as one request each; 256 are left after a pause.
    for _ in 0..12 {
        let (status, _, answer) = post(BATCH_ORDERS_MAX).await;
        assert_eq!(status, 200, "{answer}");
        let read: OrderAnswers = serde_json::from_value(answer).unwrap();
        assert_eq!(read.answers.len(), BATCH_ORDERS_MAX);
        // ciam does not know the test issuer's device.
        let removed = ErrorCode::OrderDeviceRemoved;
        assert!(
            read.answers.iter().all(|one| {
                one.status == removed.status() && one.body["code"] == removed.number()
            })
        );
    }
    check_problem(
        "the 13th batch",
        &post(BATCH_ORDERS_MAX).await,
        ErrorCode::TooManyProofs,
    );
}
