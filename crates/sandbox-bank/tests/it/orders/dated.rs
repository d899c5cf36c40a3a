//! Dated orders wait for their day, and can be cancelled until then.

use super::{DAY_MS, NOON, Rig, away, crowns, date, here, intent, of, transfer};
use core_bank::{CoreBank as _, OrderState, Target};
use order::{Order, OrderFields, OrderKind, Outcome, OutcomeKind, Reason, Scheme};
use types::BusinessDate;

fn on(day: &str, fields: OrderFields) -> OrderFields {
    OrderFields {
        execution_date: Some(date(day)),
        ..fields
    }
}

fn cancel(number: u64, target: OrderFields) -> OrderFields {
    OrderFields {
        kind: OrderKind::Cancel,
        target: Some(intent(number).to_string()),
        reference: None,
        execution_date: None,
        ..target
    }
}

fn executed(on: &str) -> impl Fn(&OrderState) -> bool {
    let day: BusinessDate = date(on);
    move |state| matches!(state, OrderState::Executed { date, .. } if *date == day)
}

#[tokio::test]
async fn a_dated_transfer_is_executed_on_its_day_with_the_funds_of_that_day() {
    let rig = Rig::new().await;
    let fields = on("2026-03-28", transfer("a", crowns(1_500), here("b")));
    let pending = OrderState::Pending {
        date: Some(date("2026-03-28")),
    };
    assert_eq!(rig.place("2", 1, fields.clone()).await, pending);
    assert_eq!(
        rig.balances("a").await,
        (100_000, 100_000),
        "nothing is held"
    );
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    let event = rig.of_customer("2").await.pop().unwrap();
    assert_eq!(snapshot.orders.len(), 1);
    assert_eq!(snapshot.orders[0].id, intent(1).to_string());
    assert_eq!(snapshot.orders[0].arguments, event.entry.arguments);
    let outcome = Outcome::from_entry(&event.entry.kind, &event.entry.arguments);
    assert_eq!(
        outcome.unwrap().unwrap().order,
        Some(Order::new(fields.clone()).unwrap())
    );

    rig.on("2026-03-27").await;
    assert_eq!(rig.state("2", 1).await, pending);
    rig.bank
        .post(crate::order("salary", "a", 70_000))
        .await
        .unwrap();
    // A Saturday: transfers here need no business day.
    rig.on("2026-03-28").await;
    assert!(executed("2026-03-28")(&rig.state("2", 1).await));
    assert_eq!(rig.place("2", 1, fields).await, rig.state("2", 1).await);
    assert_eq!(rig.balances("a").await.0, 20_000);
    assert_eq!(rig.told("2").await, ["order.pending", "order.executed"]);
    assert!(rig.bank.snapshot(&of("2")).await.unwrap().orders.is_empty());
}

#[tokio::test]
async fn todays_date_is_at_once_and_a_lack_of_funds_is_noticed_on_the_day() {
    let rig = Rig::new().await;
    let today = on("2026-03-25", transfer("a", crowns(1), here("b")));
    assert!(executed("2026-03-25")(&rig.place("2", 1, today).await));
    let later = on("2026-03-26", transfer("a", crowns(5_000), here("b")));
    let pending = rig.place("2", 2, later).await;
    assert!(matches!(pending, OrderState::Pending { .. }));
    rig.on("2026-03-26").await;
    assert_eq!(
        rig.state("2", 2).await,
        OrderState::Refused(Reason::InsufficientFunds)
    );
}

#[tokio::test]
async fn what_was_late_is_executed_as_of_its_day() {
    let rig = Rig::new().await;
    let fields = on("2026-03-26", transfer("a", crowns(1), here("b")));
    rig.place("2", 1, fields).await;
    let due = rig.bank.run_due().await.unwrap();
    assert_eq!(due, Some(NOON.plus_ms(DAY_MS / 2)), "midnight");
    rig.on("2026-05-01").await;
    assert!(executed("2026-03-26")(&rig.state("2", 1).await));
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(booked.date, date("2026-03-26"));
}

#[tokio::test]
async fn a_pending_order_is_cancelled_and_never_executed() {
    let rig = Rig::new().await;
    let fields = on("2026-03-27", transfer("a", crowns(1), here("b")));
    rig.place("2", 1, fields.clone()).await;
    let active = rig
        .bank
        .target(&of("2"), OrderKind::Cancel, &intent(1).to_string())
        .await;
    assert_eq!(
        active.unwrap(),
        Target::Active(Order::new(fields.clone()).unwrap())
    );
    let done = rig.place("2", 2, cancel(1, fields.clone())).await;
    assert!(executed("2026-03-25")(&done), "{done:?}");
    assert_eq!(rig.state("2", 1).await, OrderState::Cancelled);
    let told = ["order.pending", "order.cancelled", "order.executed"];
    assert_eq!(rig.told("2").await, told);
    rig.on("2026-03-30").await;
    assert_eq!(rig.state("2", 1).await, OrderState::Cancelled);
    assert_eq!(rig.balances("a").await.0, 100_000);
    let target = rig
        .bank
        .target(&of("2"), OrderKind::Cancel, &intent(1).to_string())
        .await;
    assert_eq!(target.unwrap(), Target::Done(OutcomeKind::Cancelled));
    let late = rig.place("2", 3, cancel(1, fields)).await;
    assert_eq!(late, OrderState::Refused(Reason::TooLate));
}

#[tokio::test]
async fn only_the_customers_own_pending_order_with_its_own_fields_is_cancelled() {
    let rig = Rig::new().await;
    let fields = on("2026-03-27", transfer("j", crowns(1), here("b")));
    rig.place("2", 1, fields.clone()).await;
    let unknown = OrderState::Refused(Reason::TargetUnknown);
    assert_eq!(rig.place("3", 2, cancel(1, fields.clone())).await, unknown);
    assert_eq!(rig.place("2", 3, cancel(9, fields.clone())).await, unknown);
    let altered = cancel(1, transfer("j", crowns(2), here("b")));
    assert_eq!(rig.place("2", 4, altered).await, unknown);
    let mut nonsense = cancel(1, fields.clone());
    nonsense.target = Some("no id".to_owned());
    assert_eq!(rig.place("2", 5, nonsense).await, unknown);
    let foreign = rig
        .bank
        .target(&of("3"), OrderKind::Cancel, &intent(1).to_string())
        .await;
    assert_eq!(foreign.unwrap(), Target::Unknown);
    assert!(matches!(
        rig.state("2", 1).await,
        OrderState::Pending { .. }
    ));
}

#[tokio::test]
async fn a_dated_order_to_another_bank_waits_for_a_business_day() {
    let rig = Rig::new().await;
    // Good Friday and Easter Monday are holidays.
    let fields = on(
        "2026-04-03",
        transfer("a", crowns(1), away(Scheme::Domestic, "123")),
    );
    let state = rig.place("2", 1, fields).await;
    let tuesday = Some(date("2026-04-07"));
    assert_eq!(state, OrderState::Pending { date: tuesday });
    rig.on("2026-04-06").await;
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
    rig.on("2026-04-07").await;
    assert_eq!(
        rig.balances("a").await,
        (100_000, 99_900),
        "held until clearing closes"
    );
    rig.on("2026-04-08").await;
    assert!(executed("2026-04-07")(&rig.state("2", 1).await));
}
