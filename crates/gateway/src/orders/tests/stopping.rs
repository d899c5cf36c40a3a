//! A customer who stopped everything: each order is executed before the stop, or not at all.

use super::challenges::{challenge_in, voucher};
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::ports::{Needs, Verdict};
use crate::store::stop::{self, StopRow};
use database::params;
use order::{SignedChallenge, SignedIntent};
use protocol::http::{OrderAnswer, OrderProgress};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;
use types::{CustomerId, ErrorCode, IntentId, VoucherId};

fn customer() -> CustomerId {
    "692".parse().unwrap()
}

/// A world whose customer has no order but those that the phone makes.
async fn world() -> (World, Phone) {
    let world = World::new(&vectors()["world"], &json!({ "pending": [], "seen": [] })).await;
    let mut vouchers: Vec<VoucherId> = world.vouchers().await;
    vouchers.push(voucher());
    (world, Phone::new(vouchers))
}

async fn submit(world: &World, order: &SignedIntent) -> Option<ErrorCode> {
    let token = world.token_device();
    let submitted = world.gateway.submit(&token, order.clone()).await.unwrap();
    if let Some(placing) = submitted.placing {
        placing.await.unwrap();
    }
    submitted.receipt.refusal
}

async fn state(world: &World, id: IntentId) -> OrderAnswer {
    let device = world.token_device().device;
    world.gateway.order(device, id).await.unwrap().unwrap()
}

/// Accepted, and nobody has handed it on, as after a crash.
async fn received(world: &World, phone: &mut Phone) -> IntentId {
    let (id, order) = phone.transfer(100, "704", NOW);
    let held = world.hold(id).await;
    assert_eq!(submit(world, &order).await, None);
    drop(held);
    assert_eq!(state(world, id).await.state, OrderProgress::Received);
    id
}

/// An order that waits for a second approval, and the right answer.
async fn challenged(world: &World, phone: &mut Phone) -> (IntentId, SignedChallenge) {
    world
        .risk
        .answer(Verdict::Challenge(Needs::Signature), &["new_payee"]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let token = world.token_device();
    let submitted = world.gateway.submit(&token, order.clone()).await.unwrap();
    world.risk.answer(Verdict::Approve, &[]);
    let asked = challenge_in(&submitted.receipt);
    let challenge = phone.challenge(&order, asked.challenge);
    (id, phone.answer(&challenge))
}

#[tokio::test]
async fn what_waits_ends_and_nothing_is_accepted_until_the_bank_says_so() {
    let (world, mut phone) = world().await;
    let (pending, order) = phone.transfer(100, "704", NOW);
    assert_eq!(submit(&world, &order).await, None);
    assert_eq!(state(&world, pending).await.state, OrderProgress::Pending);
    let (unasked, order) = phone.transfer(100, "704", NOW);
    assert_eq!(submit(&world, &order).await, None);
    let accepted = received(&world, &mut phone).await;
    let (challenged, answer) = challenged(&world, &mut phone).await;

    for _ in 0..2 {
        assert_eq!(world.gateway.stop(&customer(), 5).await.unwrap(), Some(4));
    }
    for id in [pending, accepted] {
        assert_eq!(state(&world, id).await.state, OrderProgress::Cancelled);
    }
    let ended = state(&world, challenged).await;
    assert_eq!(ended.state, OrderProgress::Refused);
    assert_eq!(ended.code, Some(ErrorCode::OrdersStopped.number()));
    assert_eq!(world.placed(challenged), 0);
    let [act, ending] = world.newest_acts().await;
    assert_eq!(act.action, "orders.stopped");
    assert_eq!(ending.action, "order.ended");
    assert_eq!(
        ending.details["code"],
        ErrorCode::OrdersStopped.number().to_string()
    );
    let challenged_order = audit::Subject::new("order", challenged);
    assert!(ending.subjects.contains(&challenged_order));
    let token = world.token_device();
    let approved = world.gateway.approve(&token, challenged, answer).await;
    let refusal = approved.unwrap().receipt.refusal;
    assert_eq!(refusal, Some(ErrorCode::OrdersStopped));

    // Its device was checked before the stop.
    let (late, order) = phone.transfer(100, "704", NOW);
    assert_eq!(submit(&world, &order).await, Some(ErrorCode::OrdersStopped));
    assert_eq!(world.placed(late), 0);
    let device = world.token_device().device;
    assert!(world.gateway.order(device, late).await.unwrap().is_none());
    let act = world.newest_act().await;
    assert_eq!(act.action, "order.refused");

    world.gateway.resume(&customer(), 4).await.unwrap();
    let stopped = Some(ErrorCode::OrdersStopped);
    assert_eq!(submit(&world, &order).await, stopped, "an older call");
    // Nobody has asked for the cancelled one, and it does not count towards the limits any more.
    assert_eq!(
        world.row(unasked).await.progress.state,
        OrderProgress::Pending
    );
    world.gateway.resume(&customer(), 6).await.unwrap();
    assert_eq!(
        world.row(unasked).await.progress.state,
        OrderProgress::Cancelled
    );
    assert_eq!(submit(&world, &order).await, None);
    assert_eq!(state(&world, late).await.state, OrderProgress::Pending);
    assert_eq!(
        state(&world, accepted).await.state,
        OrderProgress::Cancelled
    );
}

/// The core bank was away when the customer stopped everything.
#[tokio::test]
async fn an_accepted_order_is_not_executed_when_the_core_bank_is_back() {
    let (world, mut phone) = world().await;
    let id = received(&world, &mut phone).await;
    world.bank.away.store(true, Ordering::SeqCst);
    let failure = world.gateway.stop(&customer(), 5).await.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::Unavailable);
    assert!(world.gateway.carry_out_stops().await.is_err());
    world.bank.away.store(false, Ordering::SeqCst);

    // Another node looks for what was not handed on, and comes before the node that goes on with the stop.
    world.set_time(NOW.plus_ms(2_001));
    world.another_node().await.sweep().await.unwrap();
    assert_eq!(state(&world, id).await.state, OrderProgress::Cancelled);
    assert_eq!(world.placed(id), 1);
    world.gateway.carry_out_stops().await.unwrap();
    assert_eq!(world.gateway.stop(&customer(), 5).await.unwrap(), Some(1));
}

/// The bank undoes the stop before the core bank heard of it.
#[tokio::test]
async fn what_was_accepted_before_the_stop_is_not_executed_after_it() {
    let (world, mut phone) = world().await;
    let id = received(&world, &mut phone).await;
    world.bank.away.store(true, Ordering::SeqCst);
    world.gateway.stop(&customer(), 5).await.unwrap_err();
    world.gateway.resume(&customer(), 6).await.unwrap_err();
    world.bank.away.store(false, Ordering::SeqCst);
    world.gateway.resume(&customer(), 6).await.unwrap();
    assert_eq!(state(&world, id).await.state, OrderProgress::Cancelled);
    let (later, order) = phone.transfer(100, "704", NOW);
    assert_eq!(submit(&world, &order).await, None);
    assert_eq!(state(&world, later).await.state, OrderProgress::Pending);
}

/// What is stored of one order and of 64 other customers cannot be read.
#[tokio::test]
async fn what_fails_keeps_no_other_waiting() {
    let (world, mut phone) = world().await;
    let broken = received(&world, &mut phone).await;
    let sound = received(&world, &mut phone).await;
    let customers = (0..64_u8).map(|customer| StopRow {
        customer: [customer; 32],
        number: i64::from(customer) + 1,
        sealed: Vec::new(),
        stopped: true,
        done: false,
        ended: 0,
        orders: 0,
    });
    let customers: Vec<_> = customers.collect();
    let key = (world.customer().await, broken);
    let database = &world.gateway.0.database;
    let damaged = database.write(async move |tx| {
        for row in &customers {
            stop::put(tx, row).await?;
        }
        let damage = "UPDATE intent SET signed = $1 WHERE customer = $2 AND intent = $3";
        tx.execute(damage, params![&b""[..], key.0, key.1]).await?;
        Ok::<_, crate::Failure>(())
    });
    damaged.await.unwrap();
    world.bank.away.store(true, Ordering::SeqCst);
    world.gateway.stop(&customer(), 100).await.unwrap_err();
    world.bank.away.store(false, Ordering::SeqCst);
    assert!(world.gateway.carry_out_stops().await.is_err());
    assert_eq!(
        world.row(sound).await.progress.state,
        OrderProgress::Cancelled
    );
}

/// An end that came while the stop was stored, and a stop that comes after its end.
#[tokio::test]
async fn an_end_replaces_no_stop_that_is_not_done_and_a_late_stop_is_not_answered_as_done() {
    let (world, mut phone) = world().await;
    let id = received(&world, &mut phone).await;
    world.bank.away.store(true, Ordering::SeqCst);
    world.gateway.stop(&customer(), 5).await.unwrap_err();
    let kept = world.gateway.keep_call(&customer(), 6, false).await;
    let kept = kept.unwrap();
    assert_eq!((kept.number, kept.stopped), (5, true));
    world.bank.away.store(false, Ordering::SeqCst);
    world.gateway.resume(&customer(), 6).await.unwrap();
    assert_eq!(state(&world, id).await.state, OrderProgress::Cancelled);
    assert_eq!(world.gateway.stop(&customer(), 5).await.unwrap(), None);
}

/// The core bank was restored from a copy that is older than the stop.
#[tokio::test]
async fn a_core_bank_that_forgot_a_stop_is_told_again() {
    let (world, mut phone) = world().await;
    let (id, order) = phone.transfer(100, "704", NOW);
    assert_eq!(submit(&world, &order).await, None);
    let pending = world.bank.orders.lock().unwrap().clone();
    world.gateway.stop(&customer(), 5).await.unwrap();
    world.bank.stops.lock().unwrap().clear();
    *world.bank.orders.lock().unwrap() = pending;

    let mut knows_all = false;
    for (rename, looks) in [
        ("ALTER TABLE stop RENAME TO away", false),
        ("ALTER TABLE away RENAME TO stop", true),
    ] {
        let database = &world.gateway.0.database;
        let renamed = database.write(async move |tx| {
            tx.execute(rename, params![]).await?;
            Ok::<_, crate::Failure>(())
        });
        renamed.await.unwrap();
        let looked = world.gateway.look_for_stops(&mut knows_all).await;
        assert_eq!(looked.is_ok(), looks);
    }
    world.gateway.stops_done().await;
    let key = (customer(), id.to_string());
    let became = world.bank.orders.lock().unwrap()[&key].clone();
    let cancelled = core_bank::Target::Done(order::OutcomeKind::Cancelled);
    assert_eq!(became, cancelled);
}

#[tokio::test]
async fn a_stop_that_the_core_bank_does_not_answer_keeps_no_other_order_waiting() {
    let (world, mut phone) = world().await;
    let other: CustomerId = "other".parse().unwrap();
    *world.bank.never_stopped.lock().unwrap() = Some(other.clone());
    let gateway = world.gateway.clone();
    let stopping = tokio::spawn(async move { gateway.stop(&other, 5).await });
    let database = &world.gateway.0.database;
    let stored = async || {
        let rows =
            database.read(async move |tx| Ok::<_, crate::Failure>(stop::not_done(tx, 0, 1).await?));
        !rows.await.unwrap().is_empty()
    };
    while !stored().await {
        tokio::task::yield_now().await;
    }
    let id = received(&world, &mut phone).await;
    world.set_time(NOW.plus_ms(60_000));
    let gateway = world.gateway.clone();
    let running = tokio::spawn(async move { gateway.run().await });
    let placed = async {
        while state(&world, id).await.state == OrderProgress::Received {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let placed = tokio::time::timeout(Duration::from_secs(30), placed).await;
    placed.unwrap();
    running.abort();
    stopping.abort();
}
