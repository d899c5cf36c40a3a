//! Standing orders: their days, their payments, their ends.

use super::{Rig, away, crowns, date, here, intent, of, transfer};
use core_bank::{CoreBank as _, OrderState, Target};
use order::{
    Frequency, Order, OrderFields, OrderKind, Outcome, OutcomeKind, Reason, Schedule, Scheme,
};
use protocol::EntryKind;

fn standing(frequency: Frequency, first: &str, last: Option<&str>) -> OrderFields {
    OrderFields {
        kind: OrderKind::Standing,
        schedule: Some(Schedule {
            frequency,
            first: date(first),
            last: last.map(date),
        }),
        ..transfer("a", crowns(10), here("c"))
    }
}

/// The booking dates on account a, after the first deposit.
async fn paid(rig: &Rig) -> Vec<String> {
    let events = rig.of_account("a").await;
    let booked = events
        .iter()
        .filter_map(|event| event.entry.booking.as_ref());
    booked
        .skip(1)
        .map(|booking| booking.date.to_string())
        .collect()
}

/// The id of the only standing order that was created.
async fn id(rig: &Rig) -> String {
    let events = rig.of_customer("2").await;
    let created = events
        .iter()
        .find(|event| event.entry.kind == EntryKind::StandingCreated);
    created
        .unwrap()
        .entry
        .argument("standing")
        .unwrap()
        .to_owned()
}

fn end(id: &str, of: OrderFields) -> OrderFields {
    OrderFields {
        kind: OrderKind::StandingEnd,
        target: Some(id.to_owned()),
        schedule: None,
        reference: None,
        ..of
    }
}

#[tokio::test]
async fn the_31st_and_weekends_and_holidays_follow_the_usual_rule() {
    let rig = Rig::new().await;
    let state = rig
        .place("2", 1, standing(Frequency::Month, "2026-03-31", None))
        .await;
    assert!(
        matches!(
            state,
            OrderState::Executed {
                bank_reference: None,
                ..
            }
        ),
        "{state:?}"
    );
    assert_eq!(rig.told("2").await, ["standing.created", "order.executed"]);
    let arguments = &rig.of_customer("2").await[0].entry.arguments;
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    assert_eq!(snapshot.standing[0].id, id(&rig).await);
    assert_eq!(snapshot.standing[0].arguments, *arguments);
    rig.on("2026-09-15").await;
    // 30 April is a Thursday; 31 May a Sunday; 30 June a Tuesday; 31 July a Friday; 31 August a Monday.
    let days = [
        "2026-03-31",
        "2026-04-30",
        "2026-06-01",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
    ];
    assert_eq!(paid(&rig).await, days);
    assert_eq!(rig.balances("a").await.0, 94_000);
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(booked.order, Some(id(&rig).await));
}

#[tokio::test]
async fn weekly_payments_move_over_holidays_and_stop_after_the_last_day() {
    let rig = Rig::new().await;
    let fields = standing(Frequency::Week, "2026-03-27", Some("2026-04-16"));
    rig.place("2", 1, fields).await;
    rig.on("2026-05-15").await;
    // 3 April is Good Friday, and Easter Monday is a holiday too.
    assert_eq!(paid(&rig).await, ["2026-03-27", "2026-04-07", "2026-04-10"]);
    assert_eq!(rig.told("2").await.last().unwrap(), "standing.ended");
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    assert!(snapshot.standing.is_empty());
    let target = rig
        .bank
        .target(&of("2"), OrderKind::StandingEnd, &id(&rig).await)
        .await;
    assert_eq!(target.unwrap(), Target::Done(OutcomeKind::Executed));
}

#[tokio::test]
async fn a_first_payment_today_is_made_today() {
    let rig = Rig::new().await;
    rig.place("2", 1, standing(Frequency::Year, "2026-03-25", None))
        .await;
    rig.at(rig.now()).await;
    assert_eq!(paid(&rig).await, ["2026-03-25"]);
}

#[tokio::test]
async fn a_payment_without_funds_is_refused_and_the_next_is_made() {
    let rig = Rig::new().await;
    let fields = OrderFields {
        amount: Some(crowns(600)),
        ..standing(Frequency::Month, "2026-03-27", None)
    };
    rig.place("2", 1, fields).await;
    rig.on("2026-04-30").await;
    let event = rig.of_customer("2").await.pop().unwrap();
    let outcome = Outcome::from_entry(&event.entry.kind, &event.entry.arguments);
    let outcome = outcome.unwrap().unwrap();
    assert_eq!(outcome.reason, Some(Reason::InsufficientFunds));
    assert_eq!(outcome.date, Some(date("2026-04-27")));
    assert_ne!(
        outcome.intent,
        intent(1),
        "a payment is an order of its own"
    );
    let state = rig
        .bank
        .order_state(&of("2"), outcome.intent)
        .await
        .unwrap();
    assert_eq!(state, Some(OrderState::Refused(Reason::InsufficientFunds)));
    rig.bank
        .post(crate::order("salary", "a", 100_000))
        .await
        .unwrap();
    rig.on("2026-05-30").await;
    let days = paid(&rig).await;
    assert_eq!([&days[0], &days[2]], ["2026-03-27", "2026-05-27"]);
}

#[tokio::test]
async fn a_payment_to_another_bank_is_held_and_cleared() {
    let rig = Rig::new().await;
    let fields = OrderFields {
        creditor: Some(away(Scheme::Domestic, "123")),
        ..standing(Frequency::Month, "2026-03-28", None)
    };
    rig.place("2", 1, fields).await;
    // 28 March is a Saturday.
    rig.on("2026-03-30").await;
    assert_eq!(rig.balances("a").await, (100_000, 99_000));
    rig.on("2026-03-31").await;
    assert_eq!(rig.balances("a").await, (99_000, 99_000));
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(booked.order, Some(id(&rig).await));
}

#[tokio::test]
async fn an_ended_standing_order_pays_no_more() {
    let rig = Rig::new().await;
    let fields = standing(Frequency::Week, "2026-03-27", None);
    rig.place("2", 1, fields.clone()).await;
    rig.on("2026-03-28").await;
    let id = id(&rig).await;
    let active = rig
        .bank
        .target(&of("2"), OrderKind::StandingEnd, &id)
        .await
        .unwrap();
    assert_eq!(active, Target::Active(Order::new(fields.clone()).unwrap()));
    let unknown = OrderState::Refused(Reason::TargetUnknown);
    let altered = OrderFields {
        amount: Some(crowns(11)),
        ..fields.clone()
    };
    assert_eq!(rig.place("2", 2, end(&id, altered)).await, unknown);
    assert_eq!(rig.place("3", 3, end(&id, fields.clone())).await, unknown);
    let ended = rig.place("2", 4, end(&id, fields.clone())).await;
    assert!(matches!(ended, OrderState::Executed { .. }), "{ended:?}");
    let late = rig.place("2", 5, end(&id, fields)).await;
    assert_eq!(late, OrderState::Refused(Reason::TooLate));
    rig.on("2026-05-28").await;
    assert_eq!(paid(&rig).await, ["2026-03-27"]);
    let target = rig.bank.target(&of("2"), OrderKind::StandingEnd, &id).await;
    assert_eq!(target.unwrap(), Target::Done(OutcomeKind::Cancelled));
}

#[tokio::test]
async fn a_standing_order_that_could_never_pay_is_refused() {
    let rig = Rig::new().await;
    let check = async |number, fields: OrderFields, reason: Reason| {
        let order = Order::new(fields.clone()).unwrap();
        let examined = rig.bank.examine(&of("2"), &order).await;
        assert_eq!(examined.unwrap(), Some(reason.clone()));
        let state = rig.place("2", number, fields).await;
        assert_eq!(state, OrderState::Refused(reason));
    };
    let month = || standing(Frequency::Month, "2026-03-31", None);
    let past = standing(Frequency::Month, "2026-03-24", None);
    check(1, past, Reason::DateInPast).await;
    let to_itself = OrderFields {
        creditor: Some(here("a")),
        ..month()
    };
    check(2, to_itself, Reason::SameAccount).await;
    let foreign = OrderFields {
        debit_account: Some("c".to_owned()),
        ..month()
    };
    check(3, foreign, Reason::AccountUnknown).await;
    let nobody = OrderFields {
        creditor: Some(here("no such")),
        ..month()
    };
    check(4, nobody, Reason::CreditorUnknown).await;
    assert!(
        rig.bank
            .snapshot(&of("2"))
            .await
            .unwrap()
            .standing
            .is_empty()
    );
}

#[tokio::test]
async fn a_holder_who_left_pays_no_more() {
    let rig = Rig::new().await;
    let fields = OrderFields {
        debit_account: Some("j".to_owned()),
        ..standing(Frequency::Week, "2026-03-27", None)
    };
    rig.place("3", 1, fields).await;
    rig.bank
        .remove_holder("j".parse().unwrap(), of("3"))
        .await
        .unwrap();
    rig.on("2026-03-28").await;
    let event = rig.of_customer("3").await.pop().unwrap();
    let outcome = Outcome::from_entry(&event.entry.kind, &event.entry.arguments);
    assert_eq!(
        outcome.unwrap().unwrap().reason,
        Some(Reason::AccountUnknown)
    );
    let events = rig.of_account("j").await;
    assert_eq!(events.last().unwrap().entry.kind, EntryKind::HolderRemoved);
}
