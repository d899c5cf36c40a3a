//! Challenges: what is asked about an order's risk, and what becomes of an order that needs a second approval.

use super::phone::{NOW, Phone, answer, key};
use super::vectors::vectors;
use super::world::{NO_LIMITS, World};
use crate::orders::{Receipt, Submitted, TokenDevice};
use crate::ports::{Needs, Verdict};
use crate::settings::Limits;
use crate::store::{challenge, intent};
use order::{Challenge, SignedChallenge, SignedIntent};
use protocol::http::{OrderAnswer, OrderChallenge, OrderProgress, OrderReceived, Problem};
use serde_json::json;
use types::{ChallengeId, DeviceId, ErrorCode, Hash, IntentId, Time, VoucherId, base64url, hex};

const MINUTE_MS: u64 = 60_000;

pub(super) fn voucher() -> VoucherId {
    let number = "5a623bd944994988b58e73718ea8134c";
    VoucherId::new(hex::decode(number).unwrap().try_into().unwrap())
}

async fn world() -> (World, Phone) {
    let world = World::new(&vectors()["world"], &json!({})).await;
    (world, Phone::new(vec![voucher()]))
}

/// An order that the bank challenges.
async fn challenged(world: &World, phone: &mut Phone) -> (IntentId, SignedIntent, OrderChallenge) {
    world.risk.answer(
        Verdict::Challenge(Needs::Signature),
        &["new_payee", "far_away"],
    );
    let (id, order) = phone.transfer(100, "1005", NOW);
    let receipt = submit(world, &order).await;
    (id, order, challenge_in(&receipt))
}

async fn submit(world: &World, order: &SignedIntent) -> Receipt {
    let token = world.token_device();
    settled(world.gateway.submit(&token, order.clone()).await.unwrap()).await
}

async fn settled(submitted: Submitted) -> Receipt {
    if let Some(placing) = submitted.placing {
        placing.await.unwrap();
    }
    submitted.receipt
}

pub(super) fn challenge_in(receipt: &Receipt) -> OrderChallenge {
    assert_eq!(receipt.refusal, None, "{receipt:?}");
    let received: OrderReceived = serde_json::from_slice(&receipt.body).unwrap();
    received.challenge.unwrap()
}

async fn state(world: &World, id: IntentId) -> OrderAnswer {
    let device = world.token_device().device;
    world.gateway.order(device, id).await.unwrap().unwrap()
}

async fn approve(world: &World, id: IntentId, answer: SignedChallenge) -> Receipt {
    approve_from(world, world.token_device(), id, answer).await
}

async fn approve_from(
    world: &World,
    token: TokenDevice,
    id: IntentId,
    answer: SignedChallenge,
) -> Receipt {
    let approved = world.gateway.approve(&token, id, answer).await;
    settled(approved.unwrap()).await
}

#[tokio::test]
async fn a_challenged_order_waits_and_its_answer_hands_it_on_once() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    assert_eq!(asked.needs, ["signature"]);
    assert_eq!(asked.reasons, ["new_payee", "far_away"]);
    assert_eq!(asked.expires, NOW.plus_ms(15 * MINUTE_MS));
    let act = world.newest_act().await;
    assert_eq!(act.action, "order.challenged");
    assert_eq!(act.details["limits"], "passed");
    assert_eq!(act.details["risk"], "challenged");
    assert_eq!(act.details["risk_reasons"], "new_payee far_away");

    // The state says the same, a repetition gets the same bytes, and the look at the table hands nothing on.
    let waits = state(&world, id).await;
    assert_eq!(waits.state, OrderProgress::Challenged);
    assert_eq!(waits.challenge.as_ref(), Some(&asked));
    let first = submit(&world, &order).await;
    assert_eq!(challenge_in(&first), asked);
    assert_eq!(submit(&world, &order).await.body, first.body);
    assert_eq!(world.risk.asked().len(), 1);
    world.set_time(NOW.plus_ms(MINUTE_MS));
    world.gateway.sweep().await.unwrap();
    world.gateway.end_unanswered().await.unwrap();
    assert_eq!(world.placed(id), 0, "nothing without the answer");
    assert_eq!(state(&world, id).await, waits);
    let spent = async move |tx: &mut database::Transaction<'_>| {
        Ok(crate::store::voucher::find(tx, voucher()).await?)
    };
    assert_eq!(world.read(spent).await.unwrap().spent_by, Some(id));

    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    let receipt = approve(&world, id, answer.clone()).await;
    assert_eq!(receipt.refusal, None, "{receipt:?}");
    let received: OrderReceived = serde_json::from_slice(&receipt.body).unwrap();
    assert_eq!((received.intent, received.received), (id, NOW));
    assert_eq!(received.challenge, None);
    let act = world.newest_act().await;
    assert_eq!(act.action, "order.approved");
    let done = state(&world, id).await;
    assert_eq!((done.state, done.challenge), (OrderProgress::Pending, None));

    // The same answer, or another signature over the same challenge, gets the same bytes; so does the order itself.
    assert_eq!(approve(&world, id, answer).await.body, receipt.body);
    let again = phone.answer(&phone.challenge(&order, asked.challenge));
    assert_eq!(approve(&world, id, again).await.body, receipt.body);
    assert_eq!(submit(&world, &order).await.body, first.body);
    assert_eq!(world.placed(id), 1);
}

#[tokio::test]
async fn a_restart_between_challenge_and_answer_changes_nothing() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    world.gateway.close().await;
    let restarted = world.another_node().await;
    let waits = restarted.order(world.device(), id).await.unwrap().unwrap();
    assert_eq!(waits.challenge.as_ref(), Some(&asked));
    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    let approved = restarted.approve(&world.token_device(), id, answer).await;
    assert_eq!(settled(approved.unwrap()).await.refusal, None);
    assert_eq!(world.placed(id), 1);
}

/// The order was approved, and the process ended before it was handed on.
#[tokio::test]
async fn an_approved_order_that_nobody_handed_on_is_handed_on_later() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let held = world.hold(id).await;
    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    assert_eq!(approve(&world, id, answer).await.refusal, None);
    assert_eq!(state(&world, id).await.state, OrderProgress::Received);
    drop(held);
    world.set_time(NOW.plus_ms(MINUTE_MS));
    world.gateway.sweep().await.unwrap();
    assert_eq!(world.placed(id), 1);
}

#[tokio::test]
async fn what_is_no_signed_answer_is_refused_and_recorded() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let right = phone.answer(&phone.challenge(&order, asked.challenge));
    let signed = base64url::encode(&right.signed);
    let token = world.token_device();
    for (body, reason) in [
        (json!({ "signed": format!("{signed}=") }), "not_base64url"),
        (json!({ "signed": 1 }), "wrong_shape"),
        (json!({ "answer": signed }), "wrong_shape"),
        (json!(signed), "wrong_shape"),
        (json!([signed]), "wrong_shape"),
    ] {
        let body = serde_json::to_vec(&body).unwrap();
        let refused = world.gateway.approve_posted(&token, id, &body).await;
        let receipt = refused.unwrap().receipt;
        assert_eq!(receipt.refusal, Some(ErrorCode::OrderMalformed));
        let act = world.newest_act().await;
        assert_eq!(act.action, "order.approval_refused");
        assert_eq!(act.details["reason"], reason);
    }
    assert_eq!(state(&world, id).await.state, OrderProgress::Challenged);
    let body = serde_json::to_vec(&json!({ "signed": signed })).unwrap();
    let approved = world.gateway.approve_posted(&token, id, &body).await;
    assert_eq!(settled(approved.unwrap()).await.refusal, None);
    assert_eq!(world.placed(id), 1);
}

#[tokio::test]
async fn wrong_answers_are_refused_each_for_its_reason_and_the_order_still_waits() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let right = phone.challenge(&order, asked.challenge);
    let check = async |what: &str, answer: SignedChallenge, code: ErrorCode, reason: &str| {
        let receipt = approve(&world, id, answer).await;
        assert_eq!(receipt.refusal, Some(code), "{what}");
        let problem: Problem = serde_json::from_slice(&receipt.body).unwrap();
        assert_eq!(problem.code, code.number(), "{what}");
        let act = world.newest_act().await;
        assert_eq!(act.action, "order.approval_refused", "{what}");
        assert_eq!(act.details["reason"], reason, "{what}");
        assert_eq!(state(&world, id).await.state, OrderProgress::Challenged);
    };
    let signed = |signed: Vec<u8>| SignedChallenge {
        signed,
        assertion: None,
    };
    let malformed = ErrorCode::OrderMalformed;
    check("rubbish", signed(vec![1]), malformed, "wrong_shape").await;
    check(
        "the intent",
        signed(order.signed.clone()),
        malformed,
        "another_purpose",
    )
    .await;

    let differs = ErrorCode::ChallengeDiffers;
    let other = |challenge: Challenge| phone.answer(&challenge);
    let challenge = ChallengeId::new([9; 16]);
    let foreign = other(Challenge {
        challenge,
        ..right.clone()
    });
    check("another challenge", foreign, differs, "another_challenge").await;
    let hash = Hash::of(b"another text");
    let text = other(Challenge {
        hash,
        ..right.clone()
    });
    check("another text", text, differs, "another_order").await;
    let intent = IntentId::at(NOW, [0xaa; 10]);
    let order = other(Challenge {
        intent,
        ..right.clone()
    });
    check("another order", order, differs, "another_order").await;
    let customer = "another".parse().unwrap();
    let customer = other(Challenge {
        customer,
        ..right.clone()
    });
    check("another customer", customer, differs, "another_customer").await;

    let invalid = ErrorCode::ChallengeSignatureInvalid;
    for name in ["phone session", "tablet approval"] {
        let by_another = answer(&key(name), &right);
        check(name, by_another, invalid, "unknown_key").await;
    }
    let mut altered = phone.answer(&right);
    *altered.signed.last_mut().unwrap() ^= 1;
    check("altered", altered, invalid, "signature_invalid").await;
    let with_assertion = SignedChallenge {
        assertion: Some(order::Assertion {
            credential: vec![1],
            authenticator_data: vec![],
            client_data_json: vec![],
            signature: vec![],
        }),
        ..phone.answer(&right)
    };
    check(
        "an app's assertion",
        with_assertion,
        invalid,
        "assertion_not_expected",
    )
    .await;
    assert_eq!(world.placed(id), 0);
}

#[tokio::test]
async fn another_device_and_a_removed_one_may_not_answer() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let right = phone.challenge(&order, asked.challenge);
    let tablet: DeviceId = "01a0c450-6c00-7163-abc3-c77164feda3f".parse().unwrap();
    let token = TokenDevice {
        device: tablet,
        ..world.token_device()
    };
    for name in ["tablet approval", "phone approval"] {
        let by_another = answer(&key(name), &right);
        let receipt = approve_from(&world, token.clone(), id, by_another).await;
        assert_eq!(receipt.refusal, Some(ErrorCode::ChallengeOfAnother));
    }
    let never = IntentId::at(NOW, [0xaa; 10]);
    let receipt = approve(&world, never, phone.answer(&right)).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::OrderUnknown));

    world.revoke();
    let receipt = approve(&world, id, phone.answer(&right)).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::OrderDeviceRemoved));
    assert_eq!(state(&world, id).await.state, OrderProgress::Challenged);
    assert_eq!(world.placed(id), 0);
}

#[tokio::test]
async fn an_order_without_a_challenge_takes_no_answer() {
    let (world, mut phone) = world().await;
    let (id, order) = phone.transfer(100, "1005", NOW);
    submit(&world, &order).await;
    let answer = phone.answer(&phone.challenge(&order, ChallengeId::new([1; 16])));
    let receipt = approve(&world, id, answer).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::OrderNotChallenged));
    assert_eq!(world.placed(id), 1);
}

#[tokio::test]
async fn an_answer_is_good_until_its_last_moment() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    world.set_time(asked.expires);
    world.gateway.end_unanswered().await.unwrap();
    assert_eq!(approve(&world, id, answer).await.refusal, None);
    assert_eq!(world.placed(id), 1);
}

/// The order ends by an answer that comes too late, or by itself.
#[tokio::test]
async fn an_order_that_nobody_approves_again_ends_refused_with_its_code() {
    for by_itself in [false, true] {
        let (world, mut phone) = world().await;
        let (id, order, asked) = challenged(&world, &mut phone).await;
        let first = submit(&world, &order).await;
        let answer = phone.answer(&phone.challenge(&order, asked.challenge));
        world.set_time(asked.expires.plus_ms(1));
        let expired = ErrorCode::ChallengeExpired;
        if by_itself {
            world.gateway.end_unanswered().await.unwrap();
            let act = world.newest_act().await;
            assert_eq!(
                (act.actor.as_str(), act.action.as_str()),
                ("gateway", "order.ended")
            );
            assert_eq!(act.details["code"], "8026");
            world.gateway.end_unanswered().await.unwrap();
        }
        let late = approve(&world, id, answer.clone()).await;
        assert_eq!(late.refusal, Some(expired), "{by_itself}");
        assert_eq!(approve(&world, id, answer).await.refusal, Some(expired));

        let ended = state(&world, id).await;
        assert_eq!(ended.state, OrderProgress::Refused);
        assert_eq!(ended.code, Some(expired.number()));
        assert_eq!(ended.reason.as_deref(), Some("challenge_expired"));
        assert_eq!(submit(&world, &order).await.body, first.body, "stored");
        world.gateway.sweep().await.unwrap();
        assert_eq!(world.placed(id), 0);
        let unanswered = async move |tx: &mut database::Transaction<'_>| {
            let far = Time::from_ms(u64::MAX >> 1);
            Ok(challenge::unanswered(tx, far, 10).await?.len())
        };
        assert_eq!(world.read(unanswered).await, 0);
    }
}

/// A thief with an unlocked phone has the approval key, and maybe an open session, but not the passkey; they can register
/// one of their own.
#[tokio::test]
async fn what_needs_a_login_waits_for_one_on_its_device_after_the_order() {
    let cooling_off_ms = 60 * MINUTE_MS;
    let limits = Limits {
        cooling_off_ms,
        ..NO_LIMITS
    };
    let world = World::with(&vectors()["world"], &json!({}), (limits, None)).await;
    let mut phone = Phone::new(vec![voucher()]);
    let needs = Verdict::Challenge(Needs::SignatureAndLogin);
    world.risk.answer(needs, &["large_amount"]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let asked = challenge_in(&submit(&world, &order).await);
    assert_eq!(asked.needs, ["signature", "login"]);
    assert_eq!(state(&world, id).await.challenge.as_ref(), Some(&asked));
    let right = phone.answer(&phone.challenge(&order, asked.challenge));
    let check = async |code: ErrorCode, reason: &str| {
        let receipt = approve(&world, id, right.clone()).await;
        assert_eq!(receipt.refusal, Some(code), "{reason}");
        let act = world.newest_act().await;
        assert_eq!(act.action, "order.approval_refused");
        assert_eq!(act.details["reason"], reason);
        assert_eq!(state(&world, id).await.state, OrderProgress::Challenged);
    };
    let (device, later) = (world.device(), NOW.plus_ms(1));
    let old = NOW.minus_ms(cooling_off_ms);
    check(ErrorCode::LoginRequired, "not_logged_in").await;
    let tablet: DeviceId = "01a0c450-6c00-7163-abc3-c77164feda3f".parse().unwrap();
    world.log_in(tablet, later, old);
    check(ErrorCode::LoginRequired, "not_logged_in").await;
    world.log_in(device, NOW, old);
    check(ErrorCode::LoginRequired, "login_before_the_order").await;
    for registered in [later, old.plus_ms(1)] {
        world.log_in(device, later, registered);
        check(ErrorCode::PasskeyTooNew, "new_passkey").await;
    }
    world.log_in(device, later, old);
    let mut unsigned = right.clone();
    *unsigned.signed.last_mut().unwrap() ^= 1;
    let receipt = approve(&world, id, unsigned).await;
    let invalid = ErrorCode::ChallengeSignatureInvalid;
    assert_eq!(
        receipt.refusal,
        Some(invalid),
        "a login alone approves nothing"
    );
    assert_eq!(world.placed(id), 0);

    let receipt = approve(&world, id, right.clone()).await;
    assert_eq!(receipt.refusal, None, "{receipt:?}");
    assert_eq!(world.placed(id), 1);
    // A repeated answer gets the same bytes, whatever has become of the session.
    world.log_in(device, NOW, old);
    assert_eq!(approve(&world, id, right.clone()).await.body, receipt.body);
    assert_eq!(world.placed(id), 1);
}

/// The provider's credentials are not registered at the bank, so that none of them is too new.
#[tokio::test]
async fn a_login_at_an_outside_provider_counts_if_it_is_later_than_the_order() {
    let (world, mut phone) = world().await;
    let needs = Verdict::Challenge(Needs::SignatureAndLogin);
    world.risk.answer(needs, &["large_amount"]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let asked = challenge_in(&submit(&world, &order).await);
    let right = phone.answer(&phone.challenge(&order, asked.challenge));
    world.log_in(world.device(), NOW, None);
    let receipt = approve(&world, id, right.clone()).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::LoginRequired));
    world.log_in(world.device(), NOW.plus_ms(1), None);
    let receipt = approve(&world, id, right).await;
    assert_eq!(receipt.refusal, None, "{receipt:?}");
    assert_eq!(world.placed(id), 1);
}

/// Who logs in too late is told that it is too late, and not to log in again.
#[tokio::test]
async fn an_order_that_ended_is_not_refused_for_want_of_a_login() {
    let (world, mut phone) = world().await;
    let needs = Verdict::Challenge(Needs::SignatureAndLogin);
    world.risk.answer(needs, &["large_amount"]);
    let (id, order) = phone.transfer(100, "1005", NOW);
    let asked = challenge_in(&submit(&world, &order).await);
    let right = phone.answer(&phone.challenge(&order, asked.challenge));
    world.set_time(asked.expires.plus_ms(1));
    for _ in 0..2 {
        let receipt = approve(&world, id, right.clone()).await;
        assert_eq!(receipt.refusal, Some(ErrorCode::ChallengeExpired));
    }
}

/// A challenge never lasts longer than the order: this one is good for an hour.
#[tokio::test]
async fn a_challenge_ends_with_the_order() {
    let (world, mut phone) = world().await;
    world.risk.answer(Verdict::Challenge(Needs::Signature), &[]);
    let (_, order) = phone.transfer(100, "1005", NOW);
    let late = NOW.plus_ms(50 * MINUTE_MS);
    world.set_time(late);
    let asked = challenge_in(&submit(&world, &order).await);
    assert_eq!(asked.expires, order.intent().unwrap().not_after);
    assert!(asked.reasons.is_empty());
}

#[tokio::test]
async fn a_challenged_order_can_be_cancelled_and_is_not_approved_afterwards() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let (_, differs) = phone.cancel(id, NOW);
    let receipt = submit(&world, &differs).await;
    assert_eq!(
        receipt.refusal,
        Some(ErrorCode::OrderTargetUnknown),
        "it copies nothing"
    );
    let (cancel, as_it_stands) = phone.cancel_as_it_stands(&order, NOW);
    assert_eq!(submit(&world, &as_it_stands).await.refusal, None);
    assert_eq!(state(&world, cancel).await.state, OrderProgress::Executed);
    let ended = state(&world, id).await;
    assert_eq!(
        (ended.state, ended.challenge),
        (OrderProgress::Cancelled, None)
    );

    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    let receipt = approve(&world, id, answer).await;
    assert_eq!(receipt.refusal, Some(ErrorCode::OrderNotChallenged));
    world.set_time(asked.expires.plus_ms(1));
    world.gateway.end_unanswered().await.unwrap();
    assert_eq!(state(&world, id).await.state, OrderProgress::Cancelled);
    let (_, again) = phone.cancel_as_it_stands(&order, NOW);
    assert_eq!(
        submit(&world, &again).await.refusal,
        Some(ErrorCode::OrderTargetDone)
    );
    assert_eq!((world.placed(id), world.placed(cancel)), (0, 0));
}

/// Whoever comes second to end the wait is told so, and changes nothing.
#[tokio::test]
async fn the_wait_for_an_answer_ends_once() {
    let (world, mut phone) = world().await;
    let (id, order, asked) = challenged(&world, &mut phone).await;
    let answer = phone.answer(&phone.challenge(&order, asked.challenge));
    assert_eq!(approve(&world, id, answer).await.refusal, None);
    let key = (world.customer().await, id);
    let end = async move |tx: &mut database::Transaction<'_>| {
        let cancelled = OrderProgress::Cancelled;
        Ok::<_, crate::Failure>(intent::end_challenge(tx, key, cancelled, None).await?)
    };
    assert!(!world.gateway.0.database.write(end).await.unwrap());
    assert_eq!(state(&world, id).await.state, OrderProgress::Pending);
}

/// gateway's tables are an older copy: the core bank executed the order, so nobody is asked to approve it again.
#[tokio::test]
async fn an_order_that_the_core_bank_has_is_neither_challenged_nor_declined() {
    for verdict in [Verdict::Challenge(Needs::Signature), Verdict::Decline] {
        let (world, mut phone) = world().await;
        let (id, order) = phone.transfer(100, "1005", NOW);
        let key = ("692".parse().unwrap(), id.to_string());
        let executed = core_bank::Target::Done(order::OutcomeKind::Executed);
        world.bank.orders.lock().unwrap().insert(key, executed);
        world.risk.answer(verdict, &["new_payee"]);
        let receipt = submit(&world, &order).await;
        assert_eq!(receipt.refusal, None);
        assert_eq!(state(&world, id).await.state, OrderProgress::Executed);
    }
}
