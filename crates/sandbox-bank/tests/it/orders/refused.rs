//! What the bank refuses, each for its own reason, and that a refusal leaves nothing but its report.

use super::{Rig, away, crowns, date, here, of, transfer};
use core_bank::{CoreBank as _, OrderState};
use order::{Creditor, Order, OrderFields, OrderKind, Outcome, Reason, Scheme};
use sandbox_bank::{AccountState, Biller};
use types::{AccountId, Money};

async fn check(rig: &Rig, number: u64, fields: OrderFields, reason: Reason) {
    let accounts = ["a", "b", "c", "j", "e"];
    let mut before = Vec::new();
    for account in accounts {
        before.push(rig.of_account(account).await.len());
    }
    let told = rig.of_customer("2").await.len();
    let order = Order::new(fields.clone()).unwrap();
    let examined = rig.bank.examine(&of("2"), &order).await.unwrap();
    let is_of_booking = matches!(
        reason,
        Reason::InsufficientFunds | Reason::AmountOutOfRange | Reason::Other(_)
    );
    assert_eq!(examined, (!is_of_booking).then(|| reason.clone()));
    let state = rig.place("2", number, fields).await;
    assert_eq!(state, OrderState::Refused(reason.clone()));
    for (account, before) in accounts.into_iter().zip(before) {
        assert_eq!(
            rig.of_account(account).await.len(),
            before,
            "{reason}: {account}"
        );
    }
    let events = rig.of_customer("2").await;
    assert_eq!(events.len(), told + 1);
    let entry = &events.last().unwrap().entry;
    let outcome = Outcome::from_entry(&entry.kind, &entry.arguments)
        .unwrap()
        .unwrap();
    assert_eq!(outcome.reason, Some(reason));
}

#[tokio::test]
async fn a_transfer_is_refused_for_its_own_reason() {
    let rig = Rig::new().await;
    let euros = |amount| Money::new(amount, "EUR".parse().unwrap());
    let cases = [
        (
            transfer("a", crowns(1_001), here("b")),
            Reason::InsufficientFunds,
        ),
        (
            transfer("a", Money::new(i64::MAX, crowns(1).currency()), here("b")),
            Reason::InsufficientFunds,
        ),
        (
            transfer("no such", crowns(1), here("b")),
            Reason::AccountUnknown,
        ),
        (transfer("c", crowns(1), here("b")), Reason::AccountUnknown),
        (transfer("d", crowns(1), here("b")), Reason::AccountUnknown),
        (
            transfer("a", crowns(1), here("no such")),
            Reason::CreditorUnknown,
        ),
        (
            transfer("a", crowns(1), here("own-CZK")),
            Reason::CreditorUnknown,
        ),
        (transfer("a", euros(1), here("b")), Reason::CurrencyMismatch),
        (
            transfer("a", crowns(1), here("e")),
            Reason::CurrencyMismatch,
        ),
        (
            transfer("e", crowns(1), here("b")),
            Reason::CurrencyMismatch,
        ),
        (transfer("a", crowns(1), here("a")), Reason::SameAccount),
        (
            transfer("a", crowns(1), away(Scheme::Proxy, "mobile:777000111")),
            Reason::CreditorUnknown,
        ),
        (
            transfer("a", crowns(1_001), away(Scheme::Domestic, "123")),
            Reason::InsufficientFunds,
        ),
        (
            transfer("a", euros(1), away(Scheme::Domestic, "123")),
            Reason::CurrencyMismatch,
        ),
    ];
    for (number, (fields, reason)) in (1..).zip(cases) {
        check(&rig, number, fields, reason).await;
    }
    let yesterday = OrderFields {
        execution_date: Some(date("2026-03-24")),
        ..transfer("a", crowns(1), here("b"))
    };
    check(&rig, 100, yesterday, Reason::DateInPast).await;
    // What can be known today is not left for the day of execution.
    let later = |fields| OrderFields {
        execution_date: Some(date("2026-03-30")),
        ..fields
    };
    let foreign = later(transfer("a", euros(1), here("b")));
    check(&rig, 101, foreign, Reason::CurrencyMismatch).await;
    let nobody = later(transfer("a", crowns(1), here("no such")));
    check(&rig, 102, nobody, Reason::CreditorUnknown).await;
}

#[tokio::test]
async fn closed_and_frozen_accounts_take_no_part() {
    let rig = Rig::new().await;
    let set = async |account: &str, state| {
        let account: AccountId = account.parse().unwrap();
        rig.bank.set_account_state(account, state).await.unwrap();
    };
    set("a", AccountState::Closed).await;
    check(
        &rig,
        1,
        transfer("a", crowns(1), here("b")),
        Reason::AccountClosed,
    )
    .await;
    check(
        &rig,
        2,
        transfer("b", crowns(1), here("a")),
        Reason::CreditorUnknown,
    )
    .await;
    set("a", AccountState::Frozen).await;
    check(
        &rig,
        3,
        transfer("a", crowns(1), here("b")),
        Reason::AccountFrozen,
    )
    .await;
    check(
        &rig,
        4,
        transfer("b", crowns(1), here("a")),
        Reason::CreditorUnknown,
    )
    .await;
    set("a", AccountState::Open).await;
    let state = rig.place("2", 5, transfer("a", crowns(1), here("b"))).await;
    assert!(matches!(state, OrderState::Executed { .. }));
}

#[tokio::test]
async fn a_credit_beyond_what_books_hold_is_refused_and_leaves_nothing() {
    let rig = Rig::new().await;
    rig.bank
        .post(crate::order("full", "c", i64::MAX - 100_000))
        .await
        .unwrap();
    check(
        &rig,
        1,
        transfer("a", crowns(1), here("c")),
        Reason::AmountOutOfRange,
    )
    .await;
}

#[tokio::test]
async fn texts_that_no_page_of_history_could_have_are_refused() {
    let rig = Rig::new().await;
    let wide = |characters| "ก".repeat(characters);
    let creditor = Creditor {
        bank: Some(wide(128)),
        ..away(Scheme::Domestic, &wide(128))
    };
    let fields = OrderFields {
        reference: Some(wide(140)),
        ..transfer("a", crowns(1), creditor)
    };
    let reason = Reason::Other("texts_too_long".to_owned());
    check(&rig, 1, fields, reason).await;
}

#[tokio::test]
async fn a_bill_needs_a_registered_biller_and_valid_references() {
    let rig = Rig::new().await;
    let biller = Biller {
        id: "water".to_owned(),
        name: "Waterworks".to_owned(),
        account: Some("c".parse().unwrap()),
        references: 2,
        checked: true,
    };
    rig.bank.register_biller(biller).await.unwrap();
    let bill = |id: &str, references: &[&str]| OrderFields {
        creditor: Some(Creditor {
            references: references.iter().map(ToString::to_string).collect(),
            ..Creditor::new(Scheme::Biller, id)
        }),
        kind: OrderKind::Bill,
        ..transfer("a", crowns(10), here("c"))
    };
    check(
        &rig,
        1,
        bill("gas", &["79927398713"]),
        Reason::BillerUnknown,
    )
    .await;
    check(
        &rig,
        2,
        bill("water", &["79927398713"]),
        Reason::BillerRefused,
    )
    .await;
    check(
        &rig,
        3,
        bill("water", &["79927398713", "79927398714"]),
        Reason::BillerRefused,
    )
    .await;
    check(
        &rig,
        4,
        bill("water", &["79927398713", "A"]),
        Reason::BillerRefused,
    )
    .await;
    let state = rig
        .place("2", 5, bill("water", &["79927398713", "00"]))
        .await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    let booked = rig
        .of_account("a")
        .await
        .pop()
        .unwrap()
        .entry
        .booking
        .unwrap();
    assert_eq!(booked.operation, "bill_payment");
    assert_eq!(rig.balances("c").await.0, 101_000);
}
