//! What the staff does for customers with two people: revoking all their devices, and raising the limit of their day.

use super::desk::three;
use crate::bank::{Bank, DAY_MS};
use crate::neighbour::Call;
use crate::person::code;
use protocol::http::{ActAnswer, ActOutcome};
use serde_json::{Value as Json, json};
use types::{Currency, ErrorCode, Money, Time};

const MINUTE_MS: u64 = 60_000;

fn koruna(amount: i64) -> Money {
    Money::new(amount * 100, Currency::CZK)
}

fn raise(day: Money, until: Time) -> Json {
    json!({ "kind": "raise_limit", "customer": "1001", "day": day, "until": until })
}

fn outcome(done: ActAnswer) -> ActOutcome {
    match done {
        ActAnswer::Done { outcome } => outcome,
        proposed => panic!("{proposed:?}"),
    }
}

/// The limits that gateway was told of.
fn raised(bank: &Bank) -> Vec<(Money, Time)> {
    let calls = bank.neighbour.calls().into_iter();
    let raised = calls.filter_map(|call| match call {
        Call::Raise(customer, day, until, _) => {
            assert_eq!(customer.as_str(), "1001");
            Some((day, until))
        }
        _ => None,
    });
    raised.collect()
}

#[tokio::test]
async fn a_limit_is_raised_once_when_a_second_person_has_approved() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let until = bank.now().plus_ms(DAY_MS);
    let proposal = ben.propose(raise(koruna(500_000), until)).await;
    assert_eq!(raised(&bank), []);
    assert_eq!(code(&ben.approve(proposal).await), ErrorCode::OwnProposal);
    let done = outcome(cyd.approve(proposal).await.unwrap());
    let day = koruna(500_000);
    assert_eq!(done, ActOutcome::LimitRaised { day, until });
    assert_eq!(raised(&bank), [(day, until)]);
    assert_eq!(outcome(cyd.approve(proposal).await.unwrap()), done);
    bank.ciam.resume().await.unwrap();
    assert_eq!(raised(&bank), [(day, until)], "it is done");
    let acts = bank.acts();
    let act = acts.iter().find(|act| act.action == "limit.raised");
    let act = act.unwrap();
    assert_eq!(act.actor, format!("staff:{}", ben.staff));
    assert_eq!(act.details["approved_by"], format!("staff:{}", cyd.staff));
    assert_eq!(act.details["day"], "500,000.00 CZK");
}

#[tokio::test]
async fn gateway_hears_of_a_raised_limit_later_if_it_does_not_answer() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let until = bank.now().plus_ms(DAY_MS);
    let proposal = ben.propose(raise(koruna(300_000), until)).await;
    bank.neighbour.state().gateway_down = true;
    let late = cyd.approve(proposal).await;
    assert_eq!(code(&late), ErrorCode::Unavailable);
    bank.ciam.resume().await.unwrap();
    bank.neighbour.state().gateway_down = false;
    bank.ciam.resume().await.unwrap();
    let told = raised(&bank);
    assert_eq!(told, [(koruna(300_000), until); 3]);
    bank.ciam.resume().await.unwrap();
    assert_eq!(raised(&bank).len(), told.len());
    let done = outcome(cyd.approve(proposal).await.unwrap());
    assert!(matches!(done, ActOutcome::LimitRaised { .. }));
}

#[tokio::test]
async fn a_limit_that_raises_nothing_or_has_no_end_is_not_proposed() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (now, day) = (bank.now(), koruna(500_000));
    let soon = now.plus_ms(MINUTE_MS);
    for (day, until) in [
        (Money::new(50_000_000, "EUR".parse().unwrap()), soon),
        (koruna(200_000), soon),
        (koruna(-1), soon),
        (day, now),
        (day, now.plus_ms(30 * DAY_MS + 1)),
    ] {
        let refused = ben.act(raise(day, until)).await;
        assert_eq!(
            code(&refused),
            ErrorCode::Malformed,
            "{day} until {until:?}"
        );
    }
    let unknown = json!({ "kind": "raise_limit", "customer": "nobody", "day": day, "until": soon });
    let refused = ben.act(unknown).await;
    assert_eq!(code(&refused), ErrorCode::CustomerUnknown);
    // What was right when it was proposed may be too late when it is approved.
    let proposal = ben.propose(raise(day, soon)).await;
    bank.advance(MINUTE_MS);
    assert_eq!(code(&cyd.approve(proposal).await), ErrorCode::Malformed);
    assert_eq!(raised(&bank), []);
}

#[tokio::test]
async fn all_devices_of_a_customer_are_revoked_and_the_orders_stopped() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let (tablet, _) = bank.enrolled("1001").await;
    let (other, _) = bank.enrolled("1002").await;
    let act = json!({ "kind": "revoke_all", "customer": "1001" });
    let proposal = ben.propose(act.clone()).await;
    assert_eq!(bank.count("revocation"), 0);
    let done = outcome(cyd.approve(proposal).await.unwrap());
    let ActOutcome::Stopped(stopped) = &done else {
        panic!("{done:?}");
    };
    assert_eq!(stopped.devices, 2);
    let rekeyed: Vec<_> = bank
        .neighbour
        .rekeys()
        .into_iter()
        .map(|(device, _)| device)
        .collect();
    assert_eq!(rekeyed, [phone.device, tablet.device]);
    assert!(!rekeyed.contains(&other.device));
    let stops = bank.neighbour.calls();
    let stops = stops
        .iter()
        .filter(|call| matches!(call, Call::Stop(who, _) if who.as_str() == "1001"));
    assert_eq!(stops.count(), 1);
    let acts = bank.acts();
    let revoked = acts.iter().filter(|act| act.action == "device.revoked");
    assert_eq!(revoked.count(), 2);
    let record = acts.iter().find(|act| act.action == "customer.stopped");
    let record = record.unwrap();
    assert_eq!(record.actor, format!("staff:{}", ben.staff));
    assert_eq!(
        record.details["approved_by"],
        format!("staff:{}", cyd.staff)
    );
    assert_eq!(record.details["reason"], "a test asks for it");
    // Again, it stays so; and only the bank undoes it.
    assert_eq!(outcome(cyd.approve(proposal).await.unwrap()), done);
    let again = ben.propose(act).await;
    assert_eq!(outcome(cyd.approve(again).await.unwrap()), done);
    let issue = json!({ "kind": "issue_code", "customer": "1001" });
    let issue = ben.propose(issue).await;
    let refused = cyd.approve(issue).await;
    assert_eq!(code(&refused), ErrorCode::EnrolmentStopped);
    let resume = ben
        .propose(json!({ "kind": "resume", "customer": "1001" }))
        .await;
    cyd.approve(resume).await.unwrap();
    assert_eq!(bank.count("customer_stop"), 0);
}

#[tokio::test]
async fn what_follows_a_revocation_of_all_is_repeated_until_it_is_done() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    ben.enrolled("1001").await;
    let act = json!({ "kind": "revoke_all", "customer": "1001" });
    let proposal = ben.propose(act).await;
    bank.neighbour.state().gateway_down = true;
    let late = cyd.approve(proposal).await;
    assert_eq!(code(&late), ErrorCode::Unavailable);
    assert_eq!(bank.count("revocation"), 1, "it is committed");
    bank.neighbour.state().gateway_down = false;
    let done = outcome(cyd.approve(proposal).await.unwrap());
    assert!(matches!(done, ActOutcome::Stopped(_)));
    assert_eq!(bank.ciam.tell_stops().await.unwrap(), [0, 0]);
}
