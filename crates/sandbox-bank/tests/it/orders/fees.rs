//! Fees: of the moment at which an order was made, held and booked with the amount, or not at all.

use super::{DAY_MS, HOUR_MS, NOON, Rig, away, crowns, date, here, intent, of, phone, transfer};
use core_bank::{CoreBank as _, OrderState, Placing};
use order::{Fee, Frequency, Order, OrderFields, OrderKind, Reason, Schedule, Scheme};
use protocol::cbor::Key;
use protocol::{Booking, EntryKind};
use sandbox_bank::{BankError, Unwilling};
use types::{Money, Time};

pub(crate) fn fee(scheme: Scheme, amount: Money, from: Time) -> Fee {
    Fee {
        scheme,
        amount,
        from,
    }
}

fn euros(minor_units: i64) -> Money {
    Money::new(minor_units, "EUR".parse().unwrap())
}

/// Payments abroad cost 20 crowns or 1 euro, payments to accounts here 1 crown.
async fn rig() -> Rig {
    let start = Time::from_ms(0);
    Rig::with_fees(&[
        fee(Scheme::Swift, crowns(20), start),
        fee(Scheme::Swift, euros(100), start),
        fee(Scheme::Account, crowns(1), start),
    ])
    .await
}

fn abroad(amount: i64) -> OrderFields {
    transfer("a", crowns(amount), away(Scheme::Swift, "123"))
}

/// The bookings of an account.
async fn bookings(rig: &Rig, account: &str) -> Vec<Booking> {
    let events = rig.of_account(account).await;
    let bookings = events.into_iter().filter_map(|event| event.entry.booking);
    bookings.collect()
}

/// What the bank earned, in minor units.
async fn income(rig: &Rig) -> Vec<(String, i128)> {
    let income = rig.bank.income_balances().await.unwrap();
    let income = income
        .into_iter()
        .map(|(id, total)| (id.to_string(), total));
    income.collect()
}

#[tokio::test]
async fn a_fee_is_held_and_booked_with_the_amount() {
    let rig = rig().await;
    rig.place("2", 1, abroad(300)).await;
    assert_eq!(rig.balances("a").await, (100_000, 68_000));
    let pending = rig.of_customer("2").await.pop().unwrap().entry;
    let argument = |name: &str| pending.arguments.get(&Key::from(name)).cloned();
    assert_eq!(argument("held"), Some(crowns(320).into()));
    assert_eq!(argument("fee"), Some(crowns(20).into()));

    rig.at(NOON.plus_ms(3 * HOUR_MS)).await;
    assert_eq!(rig.balances("a").await, (68_000, 68_000));
    let events = rig.of_account("a").await;
    let [.., charged, paid] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(charged.entry.kind, EntryKind::Booked);
    // The fee's entry names no order, so that nobody takes it for the order's own.
    assert_eq!(
        (&charged.ordered_by, &paid.ordered_by),
        (&None, &Some(of("2")))
    );
    let (charged, paid) = (
        charged.entry.booking.as_ref().unwrap(),
        paid.entry.booking.as_ref().unwrap(),
    );
    assert_eq!((charged.amount, paid.amount), (crowns(-20), crowns(-300)));
    assert_eq!((charged.number, paid.number), (2, 3));
    assert_eq!(charged.operation, "fee");
    assert_eq!(charged.order, None);
    assert_eq!(paid.order, Some(intent(1).to_string()));
    let reference = paid.bank_reference.as_ref().unwrap();
    assert_eq!(charged.bank_reference.as_ref(), Some(reference));
    assert_eq!(charged.transaction.as_str(), format!("{reference}-F"));
    assert_eq!(
        (&charged.purpose, &charged.counterparty_account),
        (&None, &None)
    );
    // The outcome names the payment's booking, not the fee's.
    assert_eq!(rig.names_booking("2").await, rig.newest("a").await);
    assert_eq!(income(&rig).await, [("own-fees-CZK".to_owned(), 2_000)]);
    rig.on("2026-04-10").await;
    assert_eq!(rig.bank.clearing_balances().await.unwrap()[0].1, 0);
}

#[tokio::test]
async fn a_fee_of_a_payment_here_is_booked_at_once() {
    let rig = rig().await;
    let state = rig
        .place("2", 1, transfer("a", crowns(300), here("c")))
        .await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    assert_eq!(rig.balances("a").await, (69_900, 69_900));
    assert_eq!(rig.balances("c").await.0, 130_000);
    assert_eq!(income(&rig).await, [("own-fees-CZK".to_owned(), 100)]);
}

#[tokio::test]
async fn without_the_funds_for_both_nothing_is_booked_or_held() {
    let rig = rig().await;
    let refused = OrderState::Refused(Reason::InsufficientFunds);
    let before = rig.of_account("a").await.len();
    assert_eq!(rig.place("2", 1, abroad(981)).await, refused);
    let all = transfer("a", crowns(1_000), here("c"));
    assert_eq!(rig.place("2", 2, all).await, refused);
    assert_eq!(rig.of_account("a").await.len(), before);
    assert_eq!(income(&rig).await, []);
    let most = transfer("a", crowns(999), here("c"));
    let state = rig.place("2", 3, most).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    assert_eq!(rig.balances("a").await, (0, 0));
}

#[tokio::test]
async fn what_is_refused_or_cancelled_costs_nothing() {
    let rig = rig().await;
    let unwilling = (Scheme::Swift, "bad".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Refuses))
        .await
        .unwrap();
    let bad = transfer("a", crowns(300), away(Scheme::Swift, "bad"));
    rig.place("2", 1, bad).await;
    rig.place("2", 2, abroad(100)).await;
    let fields = abroad(100);
    let cancel = OrderFields {
        target: Some(intent(2).to_string()),
        debit_account: fields.debit_account,
        amount: fields.amount,
        creditor: fields.creditor,
        ..OrderFields::new(OrderKind::Cancel)
    };
    assert_eq!(rig.balances("a").await, (100_000, 56_000));
    rig.place("2", 3, cancel).await;
    assert_eq!(rig.balances("a").await, (100_000, 68_000));
    rig.on("2026-04-30").await;
    let refused = OrderState::Refused(Reason::CreditorUnknown);
    assert_eq!(rig.state("2", 1).await, refused);
    assert_eq!(rig.balances("a").await, (100_000, 100_000));
    assert_eq!(income(&rig).await, []);
}

#[tokio::test]
async fn a_return_brings_back_the_amount_and_not_the_fee() {
    let rig = rig().await;
    let unwilling = (Scheme::Swift, "123".to_owned());
    rig.bank
        .set_counterparty(unwilling, Some(Unwilling::Returns(2)))
        .await
        .unwrap();
    rig.place("2", 1, abroad(300)).await;
    rig.on("2026-04-30").await;
    let returned = OrderState::Refused(Reason::Returned);
    assert_eq!(rig.state("2", 1).await, returned);
    assert_eq!(rig.balances("a").await, (98_000, 98_000));
    let amounts: Vec<_> = bookings(&rig, "a")
        .await
        .iter()
        .map(|one| one.amount)
        .collect();
    assert_eq!(
        amounts,
        [crowns(1_000), crowns(-20), crowns(-300), crowns(300)]
    );
    assert_eq!(income(&rig).await, [("own-fees-CZK".to_owned(), 2_000)]);
}

#[tokio::test]
async fn a_fee_is_in_the_currency_of_the_account() {
    let rig = rig().await;
    let deposit = protocol::http::PostTransaction {
        amount: euros(10_000),
        ..crate::order("euros", "e", 0)
    };
    rig.bank.post(deposit).await.unwrap();
    rig.place(
        "2",
        1,
        transfer("e", euros(1_000), away(Scheme::Swift, "123")),
    )
    .await;
    rig.on("2026-04-10").await;
    assert_eq!(rig.balances("e").await.0, 8_900);
    assert_eq!(income(&rig).await, [("own-fees-EUR".to_owned(), 100)]);
}

/// What the customer was shown when the order was made is charged, however late the order arrives or is executed.
#[tokio::test]
async fn the_fee_is_that_of_the_moment_at_which_the_order_was_made() {
    let rig = rig().await;
    let change = NOON.plus_ms(3 * DAY_MS);
    let raised = fee(Scheme::Swift, crowns(30), change);
    rig.bank.announce_fee(raised).await.unwrap();
    // Placed before the change, executed after it.
    let dated = OrderFields {
        execution_date: Some(date("2026-03-31")),
        ..abroad(1)
    };
    rig.place("2", 1, dated).await;
    let pending = rig.of_customer("2").await.pop().unwrap().entry;
    let shown = pending.arguments.get(&Key::from("fee")).cloned();
    assert_eq!(shown, Some(crowns(20).into()));
    // Made before the change, placed and executed after it; and made with the change.
    rig.at(change.plus_ms(HOUR_MS)).await;
    for (number, created) in [(2, change.minus_ms(1)), (3, change)] {
        let placing = Placing {
            customer: of("2"),
            device: phone(),
            intent: intent(number),
            order: Order::new(abroad(1)).unwrap(),
            created,
        };
        rig.bank.place(placing).await.unwrap();
    }
    rig.on("2026-03-31").await;
    rig.at(rig.now().plus_ms(4 * HOUR_MS)).await;
    let fees: Vec<_> = bookings(&rig, "a")
        .await
        .into_iter()
        .filter(|one| one.operation == "fee")
        .map(|one| one.amount)
        .collect();
    // The second and third are cleared on Monday, the first one on Tuesday.
    assert_eq!(fees.len(), 3);
    let first = rig.state("2", 1).await;
    let OrderState::Executed { bank_reference, .. } = first else {
        panic!("{first:?}")
    };
    let of_first = format!("{}-F", bank_reference.unwrap());
    let all = bookings(&rig, "a").await;
    let charged = all.iter().find(|one| one.transaction.as_str() == of_first);
    assert_eq!(charged.unwrap().amount, crowns(-20));
    let total: i64 = fees.iter().map(Money::minor_units).sum();
    assert_eq!(total, -7_000);
}

#[tokio::test]
async fn each_payment_of_a_standing_order_costs_the_fee_of_its_day() {
    let rig = rig().await;
    let raised = fee(Scheme::Swift, crowns(30), NOON.plus_ms(4 * DAY_MS));
    rig.bank.announce_fee(raised).await.unwrap();
    let weekly = OrderFields {
        schedule: Some(Schedule {
            frequency: Frequency::Week,
            first: date("2026-03-26"),
            last: Some(date("2026-04-02")),
        }),
        kind: OrderKind::Standing,
        ..abroad(100)
    };
    rig.place("2", 1, weekly).await;
    rig.on("2026-04-30").await;
    let charged = bookings(&rig, "a").await;
    let charged = charged.iter().filter(|one| one.operation == "fee");
    let charged: Vec<_> = charged.map(|one| one.amount).collect();
    assert_eq!(charged, [crowns(-20), crowns(-30)]);
    assert_eq!(rig.balances("a").await, (75_000, 75_000));
}

#[tokio::test]
async fn a_change_is_announced_as_long_before_as_a_voucher_is_good() {
    let rig = rig().await;
    let late = fee(Scheme::Swift, crowns(30), NOON.plus_ms(3 * DAY_MS - 1));
    let refused = rig.bank.announce_fee(late).await.unwrap_err();
    assert!(matches!(refused, BankError::Invalid(_)), "{refused}");
    let negative = fee(Scheme::Swift, crowns(-1), NOON.plus_ms(9 * DAY_MS));
    assert!(rig.bank.announce_fee(negative).await.is_err());
    let ends = fee(Scheme::Swift, crowns(0), NOON.plus_ms(3 * DAY_MS));
    rig.bank.announce_fee(ends).await.unwrap();
    // The operator moves the bank's clock; devices keep to the servers'.
    rig.bank.advance_clock(30 * DAY_MS).await.unwrap();
    let early = fee(Scheme::Swift, crowns(40), NOON.plus_ms(2 * DAY_MS));
    assert!(rig.bank.announce_fee(early).await.is_err());
    let czk = |fees: Vec<Fee>| {
        let mut abroad: Vec<_> = fees
            .into_iter()
            .filter(|fee| fee.scheme == Scheme::Swift && fee.amount.currency() == crate::czk())
            .map(|fee| fee.amount)
            .collect();
        abroad.sort_by_key(|amount| -amount.minor_units());
        abroad
    };
    assert_eq!(czk(rig.bank.fees().await.unwrap()), [crowns(20), crowns(0)]);
    // gateway still accepts orders that were made three days ago.
    rig.set(NOON.plus_ms(6 * DAY_MS - 1));
    assert_eq!(czk(rig.bank.fees().await.unwrap()), [crowns(20), crowns(0)]);
    rig.set(NOON.plus_ms(6 * DAY_MS));
    assert_eq!(czk(rig.bank.fees().await.unwrap()), [crowns(0)]);
}
