//! Money to other banks: held, then booked or released; settled; and returned after days.

use super::{HOUR_MS, NOON, Rig, away, crowns, date, here, intent, of, transfer};
use core_bank::{CoreBank as _, OrderState};
use order::{Creditor, OrderFields, OrderKind, Reason, Scheme};
use protocol::EntryKind;
use protocol::cbor::Key;
use sandbox_bank::{Biller, Proxy, Unwilling};

fn pending(day: &str) -> OrderState {
    OrderState::Pending {
        date: Some(date(day)),
    }
}

async fn kinds(rig: &Rig, account: &str, last: usize) -> Vec<String> {
    let events = rig.of_account(account).await;
    let last = events.iter().rev().take(last).rev();
    last.map(|event| event.entry.kind.to_string()).collect()
}

#[tokio::test]
async fn a_payment_to_another_bank_is_held_then_booked_when_clearing_closes() {
    let rig = Rig::new().await;
    let fields = transfer("a", crowns(300), away(Scheme::Domestic, "123"));
    assert_eq!(rig.place("2", 1, fields).await, pending("2026-03-25"));
    assert_eq!(rig.balances("a").await, (100_000, 70_000));
    assert_eq!(kinds(&rig, "a", 1).await, ["hold.placed"]);
    let event = rig.of_customer("2").await.pop().unwrap();
    let held = event.entry.arguments.get(&Key::from("held"));
    assert_eq!(held, Some(&crowns(300).into()));
    // What is held is not available to another order.
    let too_much = rig
        .place("2", 2, transfer("a", crowns(701), here("b")))
        .await;
    assert_eq!(too_much, OrderState::Refused(Reason::InsufficientFunds));

    rig.at(NOON.plus_ms(3 * HOUR_MS - 1)).await;
    assert_eq!(rig.state("2", 1).await, pending("2026-03-25"));
    rig.at(NOON.plus_ms(3 * HOUR_MS)).await;
    let OrderState::Executed { date: day, .. } = rig.state("2", 1).await else {
        panic!("the order is executed when clearing closes")
    };
    assert_eq!(day, date("2026-03-25"));
    assert_eq!(rig.balances("a").await, (70_000, 70_000));
    let event = rig.of_account("a").await.pop().unwrap();
    assert_eq!(event.ordered_by, Some(of("2")));
    let booked = event.entry.booking.unwrap();
    assert_eq!(booked.order, Some(intent(1).to_string()));
    assert_eq!(booked.counterparty_account.as_deref(), Some("123"));
    assert_eq!(booked.counterparty_bank.as_deref(), Some("0800"));
    assert_eq!(rig.names_booking("2").await, rig.newest("a").await);
    let clearing = rig.bank.clearing_balances().await.unwrap();
    assert_eq!(
        clearing,
        [("own-clearing-domestic-CZK".parse().unwrap(), 30_000)]
    );
    rig.on("2026-03-27").await;
    let clearing = rig.bank.clearing_balances().await.unwrap();
    assert_eq!(
        clearing,
        [("own-clearing-domestic-CZK".parse().unwrap(), 0)]
    );
    let told = ["order.pending", "order.refused", "order.executed"];
    assert_eq!(rig.told("2").await, told);
}

#[tokio::test]
async fn after_the_cut_off_it_goes_out_on_the_next_business_day() {
    let rig = Rig::new().await;
    rig.at(NOON.plus_ms(4 * HOUR_MS)).await;
    let fields = || {
        transfer(
            "a",
            crowns(1),
            away(Scheme::Iban, "CZ6508000000192000145399"),
        )
    };
    assert_eq!(rig.place("2", 1, fields()).await, pending("2026-03-26"));
    // The evening before Good Friday; Easter Monday is a holiday too.
    rig.on("2026-04-02").await;
    rig.at(rig.now().plus_ms(4 * HOUR_MS)).await;
    assert_eq!(rig.place("2", 2, fields()).await, pending("2026-04-07"));
}

#[tokio::test]
async fn what_the_other_bank_refuses_is_released() {
    let rig = Rig::new().await;
    let unwilling = (Scheme::Swift, "bad".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Refuses))
        .await
        .unwrap();
    rig.place(
        "2",
        1,
        transfer("a", crowns(300), away(Scheme::Swift, "bad")),
    )
    .await;
    rig.on("2026-03-26").await;
    let refused = OrderState::Refused(Reason::CreditorUnknown);
    assert_eq!(rig.state("2", 1).await, refused);
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
    assert_eq!(kinds(&rig, "a", 2).await, ["hold.placed", "hold.released"]);
    assert_eq!(rig.told("2").await, ["order.pending", "order.refused"]);
    rig.on("2026-04-30").await;
    assert_eq!(rig.told("2").await.len(), 2);
}

#[tokio::test]
async fn what_the_other_bank_returns_is_booked_back_after_days() {
    let rig = Rig::new().await;
    let unwilling = (Scheme::Iban, "CZ6508000000192000145399".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Returns(3)))
        .await
        .unwrap();
    let to = away(Scheme::Iban, "CZ6508000000192000145399");
    rig.place("2", 1, transfer("a", crowns(300), to)).await;
    rig.on("2026-03-30").await;
    assert!(matches!(
        rig.state("2", 1).await,
        OrderState::Executed { .. }
    ));
    assert_eq!(rig.balances("a").await, (70_000, 70_000));
    // Booked on Wednesday, settled on Thursday, returned three business days later.
    rig.on("2026-03-31").await;
    assert_eq!(
        rig.state("2", 1).await,
        OrderState::Refused(Reason::Returned)
    );
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(
        (booked.amount, booked.date),
        (crowns(300), date("2026-03-31"))
    );
    assert_eq!(booked.operation, "transfer_return");
    assert_eq!(booked.order, Some(intent(1).to_string()));
    let told = ["order.pending", "order.executed", "order.refused"];
    assert_eq!(rig.told("2").await, told);
}

#[tokio::test]
async fn a_held_order_is_cancelled_until_clearing_closes() {
    let rig = Rig::new().await;
    let fields = transfer("a", crowns(300), away(Scheme::Domestic, "123"));
    let cancel = || OrderFields {
        kind: OrderKind::Cancel,
        target: Some(intent(1).to_string()),
        reference: None,
        ..fields.clone()
    };
    rig.place("2", 1, fields.clone()).await;
    rig.place("2", 2, cancel()).await;
    assert_eq!(rig.state("2", 1).await, OrderState::Cancelled);
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
    rig.on("2026-03-30").await;
    assert_eq!(rig.balances("a").await, (100_000, 100_000));

    rig.place("2", 3, fields.clone()).await;
    rig.on("2026-03-31").await;
    let late = OrderFields {
        target: Some(intent(3).to_string()),
        ..cancel()
    };
    assert_eq!(
        rig.place("2", 4, late).await,
        OrderState::Refused(Reason::TooLate)
    );
}

#[tokio::test]
async fn a_proxy_pays_an_account_here_at_once_and_another_banks_without_waiting_for_clearing() {
    let rig = Rig::new().await;
    let proxy = |id: &str, account: &str, bank: Option<&str>| Proxy {
        id: id.to_owned(),
        account: account.to_owned(),
        bank: bank.map(str::to_owned),
        name: None,
    };
    rig.bank
        .register_proxy(proxy("mobile:777000111", "c", None))
        .await
        .unwrap();
    let other = proxy("mobile:777000222", "123", Some("0800"));
    rig.bank.register_proxy(other).await.unwrap();
    let pay = |id: &str| transfer("a", crowns(10), Creditor::new(Scheme::Proxy, id));
    let state = rig.place("2", 1, pay("mobile:777000111")).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    assert_eq!(rig.balances("c").await.0, 101_000);
    assert_eq!(
        rig.place("2", 2, pay("mobile:777000222")).await,
        pending("2026-03-25")
    );
    rig.at(rig.now()).await;
    assert!(matches!(
        rig.state("2", 2).await,
        OrderState::Executed { .. }
    ));
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(booked.counterparty_account.as_deref(), Some("123"));
    assert_eq!(rig.bank.clearing_balances().await.unwrap()[0].1, 0);
}

#[tokio::test]
async fn a_bill_of_a_biller_at_another_bank_goes_through_clearing() {
    let rig = Rig::new().await;
    let biller = Biller {
        id: "gas".to_owned(),
        name: "Gasworks".to_owned(),
        account: None,
        references: 1,
        checked: false,
    };
    rig.bank.register_biller(biller).await.unwrap();
    let bill = || OrderFields {
        creditor: Some(Creditor {
            references: vec!["INV7".to_owned()],
            ..Creditor::new(Scheme::Biller, "gas")
        }),
        kind: OrderKind::Bill,
        ..transfer("a", crowns(10), here("c"))
    };
    assert_eq!(rig.place("2", 1, bill()).await, pending("2026-03-25"));
    rig.on("2026-03-26").await;
    assert!(matches!(
        rig.state("2", 1).await,
        OrderState::Executed { .. }
    ));
    let unwilling = (Scheme::Biller, "gas".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Refuses))
        .await
        .unwrap();
    rig.place("2", 2, bill()).await;
    rig.on("2026-03-27").await;
    assert_eq!(
        rig.state("2", 2).await,
        OrderState::Refused(Reason::BillerRefused)
    );
}

#[tokio::test]
async fn a_closed_account_still_gets_its_money_back() {
    let rig = Rig::new().await;
    let unwilling = (Scheme::Domestic, "123".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Returns(1)))
        .await
        .unwrap();
    rig.place(
        "2",
        1,
        transfer("a", crowns(300), away(Scheme::Domestic, "123")),
    )
    .await;
    let closed = sandbox_bank::AccountState::Closed;
    rig.bank
        .set_account_state("a".parse().unwrap(), closed)
        .await
        .unwrap();
    rig.on("2026-04-10").await;
    assert_eq!(
        rig.state("2", 1).await,
        OrderState::Refused(Reason::Returned)
    );
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
}

#[tokio::test]
async fn the_balances_of_a_snapshot_are_those_of_the_accounts_newest_event() {
    let rig = Rig::new().await;
    rig.place(
        "2",
        1,
        transfer("a", crowns(300), away(Scheme::Domestic, "123")),
    )
    .await;
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    let account = &snapshot.accounts[0];
    let event = rig.of_account("a").await.pop().unwrap();
    assert_eq!(event.entry.kind, EntryKind::HoldPlaced);
    assert_eq!(account.balances, event.entry.balances);
    assert_eq!(account.sequence, event.subject().unwrap().1);
}

#[tokio::test]
async fn a_proxy_that_changes_into_what_cannot_be_booked_stops_nothing() {
    let rig = Rig::new().await;
    let proxy = |account: String| Proxy {
        id: "mobile:777000222".to_owned(),
        account,
        bank: Some("0800".to_owned()),
        name: None,
    };
    rig.bank
        .register_proxy(proxy("123".to_owned()))
        .await
        .unwrap();
    let to = Creditor::new(Scheme::Proxy, "mobile:777000222");
    rig.place("2", 1, transfer("a", crowns(10), to)).await;
    rig.place(
        "2",
        2,
        transfer("a", crowns(20), away(Scheme::Domestic, "123")),
    )
    .await;
    let long = Proxy {
        bank: Some("0".repeat(1_000)),
        ..proxy("1".repeat(1_000))
    };
    rig.bank.register_proxy(long).await.unwrap();
    rig.on("2026-03-27").await;
    let refused = OrderState::Refused(Reason::Other("texts_too_long".to_owned()));
    assert_eq!(rig.state("2", 1).await, refused);
    assert!(matches!(
        rig.state("2", 2).await,
        OrderState::Executed { .. }
    ));
    assert_eq!(rig.balances("a").await, (98_000, 98_000));
}
