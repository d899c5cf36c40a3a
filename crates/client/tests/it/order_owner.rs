//! Orders through an owner's handle: while the network hangs, while live, and around locks.

use crate::network::yields;
use crate::orders::{supplied, transfer};
use crate::owner::{owned, soon, until};
use crate::phone::{Simulated, run};
use client::{Change, Changes, Errand, OrderState, Reception, SyncError};
use order::Locale;
use protocol::http::{PayeeCheckRequest, PayeeMatch};
use types::IntentId;

/// Waits until the bank has accepted an order.
async fn accepted(changes: &mut Changes, intent: IntentId) {
    loop {
        let shown = until(changes, |change| matches!(change, Change::Orders)).await;
        let order = shown.order(&intent).unwrap();
        if order.is_some_and(|order| order.state == OrderState::Accepted) {
            return;
        }
    }
}

#[test]
fn an_order_is_composed_and_signed_while_the_network_hangs() {
    for reception in [Reception::Live, Reception::OnRequest] {
        let (world, _phone, mut device) = supplied();
        world.hangs.set(true);
        let intent = owned(&mut device, reception, async |handle, _: &mut Changes| {
            let receive = handle.receive();
            let uses = async {
                yields(20).await;
                let review = soon(5, handle.compose(transfer(700), Locale::En)).await;
                let review = review.unwrap().unwrap();
                let submitted = soon(20, handle.submit(review.clone())).await.unwrap();
                assert_eq!(submitted.unwrap().state, OrderState::WaitingForNetwork);
                let again = soon(20, handle.submit(review.clone())).await.unwrap();
                assert_eq!(again.unwrap().intent, review.intent());
                let shown = soon(5, handle.shown()).await.unwrap().unwrap();
                assert_eq!(shown.orders().unwrap().len(), 1);
                world.hangs.set(false);
                review.intent()
            };
            let (received, intent) = futures_util::future::join(receive, uses).await;
            received.unwrap();
            intent
        });
        world.hangs.set(false);
        run(device.send_orders()).unwrap();
        assert_eq!(crate::orders::state(&device, intent), "accepted");
    }
}

/// A live owner sends what is submitted, without a command, and reports each change.
#[test]
fn a_live_owner_sends_orders_and_reports_what_becomes_of_them() {
    let (world, _phone, mut device) = supplied();
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            let review = handle.compose(transfer(700), Locale::En).await.unwrap();
            let intent = handle.submit(review).await.unwrap().intent;
            accepted(changes, intent).await;
            world.bank.borrow_mut().execute(intent);
            let shown = until(changes, |change| matches!(change, Change::Entries(_))).await;
            assert!(shown.order(&intent).unwrap().unwrap().state.is_final());
            assert_eq!(world.requested("/v1/live"), 1, "the stream stays");
        },
    );
}

/// A live owner that was offline sends its queue as soon as there is a network, and asks about lost answers.
#[test]
fn a_live_owner_sends_its_queue_when_the_network_is_back() {
    let (world, _phone, mut device) = supplied();
    world.offline.set(true);
    let orders = [700, 800, 900].map(|amount| crate::orders::submit(&mut device, transfer(amount)));
    let mut offline = 0;
    let (_, ended) = crate::phone::live(&mut device, |shown, change| {
        offline += u32::from(matches!(change, Change::Offline(_)));
        if offline == 3 {
            world.offline.set(false);
            offline += 1;
        }
        let accepted = |intent: &IntentId| {
            let order = shown.order(intent).unwrap().unwrap();
            order.state == OrderState::Accepted
        };
        orders.iter().all(accepted)
    });
    ended.unwrap();
    for order in orders {
        assert_eq!(world.bank.borrow().orders.arrivals(order), 1);
    }
}

/// Lock and unlock at any moment: the order is submitted once or refused as locked, and it is sent once.
#[test]
fn locking_at_any_moment_loses_no_order_and_signs_none_twice() {
    let (mut locked, mut submitted) = (0, 0);
    for after in 0..40 {
        let (world, phone, mut device) = supplied();
        let review = crate::orders::review(&device, transfer(700));
        let approvals = world.approvals.get();
        owned(
            &mut device,
            Reception::Live,
            async |handle, changes: &mut Changes| {
                let reading = async { while changes.next().await.is_some() {} };
                let uses = async {
                    let submit = handle.submit(review.clone());
                    let lock = async {
                        yields(after).await;
                        handle.lock().await.unwrap();
                        let shown = handle.shown().await.unwrap();
                        assert!(shown.is_locked() && shown.orders().is_err());
                        handle.unlock(phone.storage_key()).await.unwrap();
                    };
                    let (done, ()) = futures_util::future::join(submit, lock).await;
                    match done {
                        Ok(_) => submitted += 1,
                        Err(SyncError::Locked) => locked += 1,
                        Err(error) => panic!("{error}"),
                    }
                    let again = handle.submit(review.clone()).await.unwrap();
                    assert_eq!(again.intent, review.intent());
                    while handle.shown().await.unwrap().orders().unwrap()[0].state
                        != OrderState::Accepted
                    {
                        yields(1).await;
                    }
                    handle.stop().await.unwrap();
                };
                futures_util::future::join(reading, uses).await;
            },
        );
        let bank = world.bank.borrow();
        assert_eq!(bank.only_order(), review.intent());
        // A signature that was made and not stored was never sent.
        assert!(world.approvals.get() - approvals <= 2);
        let bytes: Vec<_> = bank.orders.arrived.iter().map(|(_, bytes)| bytes).collect();
        assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]));
    }
    assert!(locked > 3 && submitted > 3, "{locked} {submitted}");
}

#[test]
fn an_owner_that_has_stopped_signs_nothing() {
    let (_world, _phone, mut device) = supplied();
    let review = crate::orders::review(&device, transfer(700));
    let handle = owned(&mut device, Reception::OnRequest, async |handle, _| {
        handle.stop().await.unwrap();
        handle.clone()
    });
    assert!(matches!(
        run(handle.submit(review)),
        Err(SyncError::Stopped)
    ));
    assert!(device.shown().orders().unwrap().is_empty());
}

/// A request that gets no answer holds up neither other orders nor the stream.
#[test]
fn a_request_without_an_answer_holds_up_nothing() {
    let (world, _phone, mut device) = supplied();
    let first = crate::orders::submit(&mut device, transfer(700));
    world.bank.borrow_mut().orders.unanswerable = Some(crate::bank::czk(700));
    run(device.send_orders()).unwrap_err();
    world.bank.borrow_mut().orders.unanswerable = None;
    *world.hangs_at.borrow_mut() = format!("/v1/orders/{first}");
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            let review = handle.compose(transfer(800), Locale::En).await.unwrap();
            let other = handle.submit(review).await.unwrap().intent;
            accepted(changes, other).await;
            world.bank.borrow_mut().execute(other);
            let shown = until(changes, |change| matches!(change, Change::Entries(_))).await;
            let asking = shown.order(&first).unwrap().unwrap().state;
            assert_eq!(asking, OrderState::Asking);
            world.hangs_at.borrow_mut().clear();
            accepted(changes, first).await;
        },
    );
}

#[test]
fn a_payee_is_checked_before_it_is_paid_to() {
    let (world, _phone, mut device) = supplied();
    let asked = |name: &str| PayeeCheckRequest {
        scheme: "account".into(),
        identification: "704".into(),
        bank: None,
        name: name.into(),
    };
    let check = |device: &mut client::Device<Simulated>, name: &str| {
        run(device.run(Errand::check_payee(&asked(name)))).unwrap()
    };
    assert_eq!(check(&mut device, "Jana").result, PayeeMatch::Match);
    let close = check(&mut device, "Jan");
    assert_eq!(
        (close.result, close.name),
        (PayeeMatch::Close, Some("Jana".into()))
    );
    owned(
        &mut device,
        Reception::Live,
        async |handle, _: &mut Changes| {
            let none = handle
                .run(Errand::check_payee(&asked("Eva")))
                .await
                .unwrap();
            assert_eq!(none.result, PayeeMatch::None);
        },
    );
    world.offline.set(true);
    assert!(
        run(device.run(Errand::check_payee(&asked("Jana"))))
            .unwrap_err()
            .is_unavailable()
    );
}
