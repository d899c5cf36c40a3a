//! What gateway asks about an order's risk, and what each answer makes of the order.

use super::challenges::voucher;
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::ports::{Activity, Candidate, PayeeHistory, Verdict};
use order::SignedIntent;
use protocol::http::{OrderProgress, Problem};
use serde_json::json;
use types::{Currency, DeviceForm, ErrorCode, Money, Time};

fn czk(koruna: i64) -> Money {
    Money::new(koruna * 100, Currency::CZK)
}

async fn world() -> (World, Phone) {
    let world = World::new(&vectors()["world"], &json!({})).await;
    (world, Phone::new(vec![voucher()]))
}

async fn submit(world: &World, order: SignedIntent) -> crate::Receipt {
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    let submitted = submitted.unwrap();
    if let Some(placing) = submitted.placing {
        placing.await.unwrap();
    }
    submitted.receipt
}

fn only(asked: Vec<Candidate>) -> Candidate {
    let [asked] = <[Candidate; 1]>::try_from(asked).unwrap();
    asked
}

#[tokio::test]
async fn it_asks_who_orders_what_from_where_and_what_was_before() {
    let (world, _) = world().await;
    let enrolled = NOW.minus_ms(1_000);
    world.enrol_at(enrolled);
    world.set_time(NOW);
    let mut phone = Phone::new(world.vouchers().await);
    let (id, order) = phone.transfer(100, "1005", NOW);
    submit(&world, order.clone()).await;
    let first = only(world.risk.asked());
    assert_eq!((first.intent, first.customer.as_str()), (id, "692"));
    assert_eq!(first.device.id, world.device());
    assert_eq!(
        (first.device.form, first.device.enrolled),
        (DeviceForm::App, enrolled)
    );
    assert_eq!(first.device.verdict.to_string(), "none");
    assert_eq!(first.order, order.intent().unwrap().order);
    assert_eq!((first.moves, first.received), (Some(czk(100)), NOW));
    assert_eq!(first.session, Time::from_ms(1_789_990_000_000));
    assert_eq!(first.address, "192.0.2.7".parse().ok());
    let nothing = Activity {
        orders: 0,
        moved: czk(0),
    };
    let never = PayeeHistory {
        first: None,
        moved: czk(0),
    };
    assert_eq!(first.history.payee, Some(never));
    assert_eq!(
        (first.history.day, first.history.day_of_device),
        (nothing, nothing)
    );

    // The day before, and the day after: what is older than 24 hours is in the history of the payee alone.
    let later = NOW.plus_ms(86_400_000);
    for (time, orders, moved) in [(NOW.plus_ms(1), 1, 100), (later, 1, 30)] {
        world.set_time(time);
        let (_, order) = phone.transfer(30, "1005", time);
        submit(&world, order).await;
        let asked = only(world.risk.asked()).history;
        let day = Activity {
            orders,
            moved: czk(moved),
        };
        assert_eq!((asked.day, asked.day_of_device), (day, day));
        let payee = asked.payee.unwrap();
        assert_eq!(payee.first, Some(NOW));
        assert_eq!(
            payee.moved,
            czk(if orders == 1 && moved == 100 {
                100
            } else {
                130
            })
        );
    }
    let (_, order) = phone.add_payee("705", later);
    submit(&world, order).await;
    let asked = only(world.risk.asked());
    assert_eq!((asked.moves, asked.history.payee), (None, None));
}

/// Nobody is asked about a transfer between own accounts, a cancellation, or an order that was refused already.
#[tokio::test]
async fn it_asks_only_about_money_that_leaves_and_about_payees() {
    let (world, mut phone) = world().await;
    let (id, own) = phone.transfer(100, "704", NOW);
    let customer: types::CustomerId = "692".parse().unwrap();
    let account = "704".parse().unwrap();
    let role = core_bank::CoreBank::role(&*world.bank, &customer, &account);
    assert!(role.await.unwrap().is_some(), "an own account");
    submit(&world, own).await;
    let (_, cancel) = phone.cancel(id, NOW);
    submit(&world, cancel).await;
    phone.again_under(voucher());
    let (_, spent) = phone.transfer(100, "1005", NOW);
    let receipt = submit(&world, spent).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::VoucherSpent));
    assert_eq!(world.risk.asked(), []);
}

#[tokio::test]
async fn a_declined_order_is_refused_with_its_reasons() {
    let (world, mut phone) = world().await;
    world
        .risk
        .answer(Verdict::Decline, &["stolen_device", "new_payee"]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let receipt = submit(&world, order.clone()).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::OrderDeclined));
    let problem: Problem = serde_json::from_slice(&receipt.body).unwrap();
    assert_eq!(problem.detail.as_deref(), Some("stolen_device, new_payee"));
    let act = world.newest_act().await;
    assert_eq!(
        (act.action.as_str(), &*act.details["risk"]),
        ("order.refused", "declined")
    );
    assert_eq!(act.details["risk_reasons"], "stolen_device new_payee");
    assert_eq!(act.details["limits"], "passed");
    let answer = world
        .gateway
        .order(world.device(), id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (answer.state, answer.code),
        (OrderProgress::Refused, Some(8019))
    );
    assert_eq!(world.placed(id), 0);

    // The answer is stored, whatever the judge would say now; the voucher is not spent.
    world.risk.answer(Verdict::Approve, &[]);
    assert_eq!(submit(&world, order).await.body, receipt.body);
    phone.again_under(voucher());
    let (_, other) = phone.transfer(100, "1005", NOW);
    assert_eq!(submit(&world, other).await.refusal, None);
}

#[tokio::test]
async fn reasons_of_an_approval_are_in_the_audit_record() {
    let (world, mut phone) = world().await;
    world.risk.answer(Verdict::Approve, &["known_payee"]);
    let (_, order) = phone.transfer(100, "1005", NOW);
    submit(&world, order).await;
    let act = world.newest_act().await;
    assert_eq!(
        (act.action.as_str(), &*act.details["risk"]),
        ("order.accepted", "passed")
    );
    assert_eq!(act.details["risk_reasons"], "known_payee");
}

#[tokio::test]
async fn while_the_judge_is_away_nothing_is_kept() {
    let (world, mut phone) = world().await;
    world.risk.fail();
    let (id, order) = phone.transfer(100, "1005", NOW);
    let token = world.token_device();
    let submitted = world.gateway.submit(&token, order.clone()).await;
    let failure = submitted.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::Unavailable);
    let answer = world.gateway.order(world.device(), id).await.unwrap();
    assert_eq!(answer, None, "the device sends it again");
    world.risk.answer(Verdict::Approve, &[]);
    assert_eq!(submit(&world, order).await.refusal, None);
    assert_eq!(world.placed(id), 1);
}
