//! The bank asks to approve an order again: what the person sees, signs and is told, whatever happens in between.

use crate::network::{World, yields};
use crate::orders::{shown, state, submit, sums, supplied, transfer};
use crate::owner::{owned, until};
use crate::phone::{Phone, Simulated, run};
use client::store::StoreError;
use client::{Change, Changes, Device, Handle, OrderState, Reception, SyncError};
use order::{Locale, RiskReason};
use std::rc::Rc;
use types::{ErrorCode, IntentId};

const QUARTER_MS: u64 = 15 * 60_000;

/// A device whose order waits to be approved again.
fn challenged() -> (Rc<World>, Phone, Device<Simulated>, IntentId) {
    let (world, phone, mut device) = supplied();
    world.bank.borrow_mut().orders.needs = Some("signature");
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "approval_needed");
    (world, phone, device, intent)
}

fn approvals(world: &World) -> Vec<Vec<u8>> {
    world.bank.borrow().orders.approvals.clone()
}

#[test]
fn a_challenged_order_is_shown_approved_told_and_executed() {
    let (world, phone, device, intent) = challenged();
    drop(device);
    let mut device = phone.open();
    let order = shown(&device, intent);
    let OrderState::ApprovalNeeded(asked) = &order.state else {
        panic!("{order:?}");
    };
    assert_eq!(asked.reasons(), [RiskReason::NewPayee]);
    assert_eq!(asked.expires(), world.now().plus_ms(QUARTER_MS));
    assert_eq!(
        order.state.text(Locale::En),
        "the bank asks you to approve it again: The payee is new, and the amount is large."
    );
    assert!(!order.state.is_final() && order.amount_is_pending);
    assert_eq!(sums(&device), (100_000, 700, 99_300), "still pending");
    let signed = world.approvals.get();

    world.offline.set(true);
    let approved = run(device.approve(intent)).unwrap();
    assert_eq!(
        (approved.state, approved.order),
        (OrderState::Approved, order.order)
    );
    assert_eq!(
        run(device.approve(intent)).unwrap().state,
        OrderState::Approved
    );
    assert_eq!(world.approvals.get(), signed + 1, "signed once");
    assert!(run(device.send_orders()).unwrap_err().is_unavailable());
    drop(device);

    let mut device = phone.open();
    assert_eq!(state(&device, intent), "approved", "it outlives the app");
    assert_eq!(sums(&device).1, 700);
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    let again = run(device.approve(intent));
    assert!(matches!(again, Err(SyncError::NotChallenged)), "{again:?}");
    assert_eq!(world.approvals.get(), signed + 1);
    assert_eq!(approvals(&world).len(), 1);
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 1);

    world.bank.borrow_mut().execute(intent);
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "done");
    assert_eq!(sums(&device), (99_300, 0, 99_300));
}

/// The answer to the order was lost: the device asks, and shows the challenge all the same.
#[test]
fn a_challenge_whose_receipt_was_lost_is_asked_for() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().orders.needs = Some("signature");
    let intent = submit(&mut device, transfer(700));
    *world.loses_answers_to.borrow_mut() = "POST /v1/orders".into();
    run(device.send_orders()).unwrap_err();
    world.loses_answers_to.borrow_mut().clear();
    assert_eq!(state(&device, intent), "unknown_asking");
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "approval_needed");
}

#[test]
fn a_lost_answer_to_the_approval_is_repeated_with_the_same_bytes() {
    let (world, phone, mut device, intent) = challenged();
    run(device.approve(intent)).unwrap();
    *world.loses_answers_to.borrow_mut() = format!("POST /v1/orders/{intent}/challenge");
    assert!(run(device.send_orders()).unwrap_err().is_unavailable());
    world.loses_answers_to.borrow_mut().clear();
    assert_eq!(state(&device, intent), "approved");
    drop(device);
    let mut device = phone.open();
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    let sent = approvals(&world);
    assert!(sent.len() > 1 && sent.iter().all(|bytes| *bytes == sent[0]));
}

/// Nobody approves it: nothing is settled before the bank has answered, and then the person is told why.
#[test]
fn an_order_that_nobody_approves_is_refused_by_the_banks_answer_alone() {
    for approves_late in [false, true] {
        let (world, _phone, mut device, intent) = challenged();
        let asked = || world.requested(&format!("GET /v1/orders/{intent}"));
        let before = asked();
        world.pass(QUARTER_MS);
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "approval_needed");
        assert_eq!(asked(), before, "the bank has nothing new to say");
        world.pass(1);
        if approves_late {
            run(device.approve(intent)).unwrap();
        } else {
            world.offline.set(true);
            run(device.send_orders()).unwrap_err();
            assert_eq!(state(&device, intent), "approval_needed");
            world.offline.set(false);
            world.bank.borrow_mut().end_unanswered(intent);
        }
        run(device.send_orders()).unwrap();
        let ended = shown(&device, intent).state;
        let OrderState::Refused(refusal) = &ended else {
            panic!("{ended:?}");
        };
        assert_eq!(refusal.as_str(), "challenge_expired");
        let (english, thai) = (ended.text(Locale::En), ended.text(Locale::Th));
        assert!(english.contains("not approved again in time"), "{english}");
        assert!(thai.contains("อนุมัติอีกครั้ง"), "{thai}");
        assert_eq!(sums(&device), (100_000, 0, 100_000));
    }
}

#[test]
fn a_challenged_order_is_cancelled_and_neither_approved_nor_executed() {
    for approved in [false, true] {
        let (world, _phone, mut device, intent) = challenged();
        if approved {
            run(device.approve(intent)).unwrap();
        }
        let cancel = device.shown().to_cancel(&intent).unwrap().unwrap();
        let cancel = submit(&mut device, cancel);
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, cancel), "done", "{approved}");
        assert_eq!(state(&device, intent), "cancelled");
        assert_eq!(sums(&device), (100_000, 0, 100_000));
        let late = run(device.approve(intent));
        assert!(matches!(late, Err(SyncError::NotChallenged)), "{late:?}");
        // An approval that waits is not sent before the cancellation, which would be too late.
        let requests = world.requests.borrow();
        let cancelled = requests.iter().rposition(|one| one == "POST /v1/orders");
        let told = requests
            .iter()
            .position(|one| one.ends_with(&format!("{intent}/challenge")));
        assert!(told.is_none() || told > cancelled, "{requests:?}");
    }
}

/// The bank was restored from an older copy: the order comes to it anew, and it asks anew.
#[test]
fn an_order_that_the_bank_forgot_is_sent_and_approved_anew() {
    for was_accepted in [false, true] {
        let (world, _phone, mut device, intent) = challenged();
        run(device.approve(intent)).unwrap();
        if was_accepted {
            run(device.send_orders()).unwrap();
            assert_eq!(state(&device, intent), "accepted");
        }
        let first = world.bank.borrow().orders.challenges[&intent].clone();
        world.bank.borrow_mut().forget_orders();
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "approval_needed");
        assert_ne!(world.bank.borrow().orders.challenges[&intent], first);
        run(device.approve(intent)).unwrap();
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "accepted");
        assert_eq!(world.bank.borrow().orders.arrivals(intent), 2);
    }
}

#[test]
fn what_cannot_be_signed_or_stored_approves_nothing() {
    let (world, phone, mut device, intent) = challenged();
    world.declines.set(true);
    let declined = run(device.approve(intent));
    assert!(matches!(declined, Err(SyncError::Keys(_))), "{declined:?}");
    world.declines.set(false);
    phone.disk.fails.set(true);
    let failed = run(device.approve(intent));
    let by_name = matches!(failed, Err(SyncError::Store(StoreError::Failed(_))));
    assert!(by_name, "{failed:?}");
    phone.disk.fails.set(false);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "approval_needed");
    run(device.approve(intent)).unwrap();
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
}

/// A newer bank may ask for something that this version does not have.
#[test]
fn an_approval_that_the_app_cannot_give_is_not_signed() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().orders.needs = Some("retina");
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    let text = shown(&device, intent).state.text(Locale::En);
    assert!(text.contains("update the app"), "{text}");
    let signed = world.approvals.get();
    let refused = run(device.approve(intent));
    assert!(
        matches!(refused, Err(SyncError::ChallengeUnknown)),
        "{refused:?}"
    );
    assert_eq!(world.approvals.get(), signed);
}

/// The bank refuses the answer for another reason: that settles nothing, and the bank is asked.
#[test]
fn a_refused_approval_leaves_the_order_waiting() {
    let (world, _phone, mut device, intent) = challenged();
    run(device.approve(intent)).unwrap();
    let differs = world.bank.borrow().orders.challenges[&intent].clone();
    let other = types::ChallengeId::new([9; 16]);
    world
        .bank
        .borrow_mut()
        .orders
        .challenges
        .get_mut(&intent)
        .unwrap()
        .challenge = other;
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "approved");
    assert_eq!(approvals(&world).len(), 1, "it is not repeated at once");
    let mut bank = world.bank.borrow_mut();
    bank.orders.challenges.insert(intent, differs);
    drop(bank);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    assert_eq!(ErrorCode::ChallengeDiffers.number(), 8023);
}

/// The bank wants a login, and the person signed without one: they are asked again, and nothing is sent by itself.
#[test]
fn an_approval_without_the_login_that_it_needs_is_asked_for_again() {
    let (world, phone, mut device) = supplied();
    world.bank.borrow_mut().orders.needs = Some("login");
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    let order = shown(&device, intent);
    let OrderState::ApprovalNeeded(asked) = &order.state else {
        panic!("{order:?}");
    };
    assert!(asked.needs_login() && asked.can_be_answered());
    let (english, thai) = (order.state.text(Locale::En), order.state.text(Locale::Th));
    assert!(
        english.starts_with("the bank asks you to log in"),
        "{english}"
    );
    assert!(thai.contains("เข้าสู่ระบบ"), "{thai}");

    run(device.approve(intent)).unwrap();
    let refused = run(device.send_orders()).unwrap_err();
    assert!(refused.is_code(ErrorCode::LoginRequired), "{refused:?}");
    assert_eq!(state(&device, intent), "approval_needed");
    assert_eq!(sums(&device).1, 700, "still pending");
    world.bank.borrow_mut().orders.logged_in = true;
    drop(device);
    let mut device = phone.open();
    assert_eq!(state(&device, intent), "approval_needed", "durably");
    run(device.send_orders()).unwrap();
    assert_eq!(approvals(&world).len(), 1);
    run(device.approve(intent)).unwrap();
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    assert_eq!(approvals(&world).len(), 2);
}

/// A live owner sends the approval at once, although the bank answered for the order a moment ago.
#[test]
fn a_live_owner_tells_the_bank_at_once() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().orders.needs = Some("signature");
    let reached = async |handle: &Handle, intent, wanted: &str| {
        loop {
            let order = handle.shown().await.unwrap().order(&intent).unwrap();
            if order.unwrap().state.as_str() == wanted {
                return;
            }
            yields(1).await;
        }
    };
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            let reading = async { while changes.next().await.is_some() {} };
            let uses = async {
                let review = handle.compose(transfer(700), Locale::En).await.unwrap();
                let intent = handle.submit(review).await.unwrap().intent;
                reached(handle, intent, "approval_needed").await;
                let began = world.now();
                let approved = handle.approve(intent).await.unwrap();
                assert_eq!(approved.state, OrderState::Approved);
                reached(handle, intent, "accepted").await;
                assert!(world.now().ms_since(began) < 30_000, "no wait between");
                let again = handle.approve(intent).await;
                assert!(matches!(again, Err(SyncError::NotChallenged)));
                handle.stop().await.unwrap();
            };
            futures_util::future::join(reading, uses).await;
        },
    );
}
