//! The judge finds whatever a replay must not have. The books are a bank's own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::super::books::{Customer, customers};
use super::super::ledger::{Ledger, Moved};
use super::super::phone::Report;
use super::Verdict;
use client::{Account, Funds, OrderState as Shown, Refusal, ShownOrder};
use core_bank::{CoreBank as _, Placing};
use order::{Creditor, Locale, Order, OrderFields, OrderKind, Reason, Scheme};
use protocol::http::{
    AccountRow, CustomerRow, HolderRow, OrderAnswer, OrderProgress, PostTransaction,
};
use sandbox_bank::SandboxBank;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{AccountKind, BalanceType, Currency, DeviceId, ErrorCode, IntentId, Money, Role, Time};

const NOW: Time = Time::from_ms(1_790_000_000_000);

/// Minor units of the one order that is executed.
const PAID: i64 = 500;

const fn crowns(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::CZK)
}

fn id(number: u8) -> IntentId {
    IntentId::at(NOW, [number; 10])
}

fn order(kind: OrderKind, minor_units: i64, target: Option<IntentId>) -> Order {
    let fields = OrderFields {
        debit_account: Some("c0-current".to_owned()),
        amount: Some(crowns(minor_units)),
        creditor: Some(Creditor::new(Scheme::Account, "c0-savings")),
        target: target.map(|id| id.to_string()),
        ..OrderFields::new(kind)
    };
    Order::new(fields).unwrap()
}

fn shown(number: u8, order: Order, state: Shown) -> ShownOrder {
    ShownOrder {
        intent: id(number),
        order,
        locale: Locale::En,
        created: NOW,
        not_after: NOW.plus_ms(1),
        fee: None,
        state,
        amount_is_pending: false,
    }
}

fn answer(number: u8, state: OrderProgress, code: Option<ErrorCode>) -> (IntentId, OrderAnswer) {
    let answer = OrderAnswer {
        intent: id(number),
        received: NOW,
        state,
        reason: None,
        code: code.map(ErrorCode::number),
        bank_reference: None,
        date: None,
        challenge: None,
    };
    (id(number), answer)
}

/// A customer of a bank, which executed the first order, refused the second one, and never got the third one, which gateway
/// refused, nor the fourth one, which the fifth one cancelled before it came.
async fn world(directory: &tempfile::TempDir) -> (Ledger, Report) {
    let customer: Customer = customers(1).unwrap().remove(0);
    let bank = SandboxBank::open(directory.path().join("bank"), Arc::new(|| NOW)).unwrap();
    bank.load_customers(vec![CustomerRow {
        customer: customer.customer.clone(),
        name: None,
    }])
    .await
    .unwrap();
    let accounts = customer.accounts.iter();
    let rows = accounts.clone().map(|account| AccountRow {
        account: account.clone(),
        kind: AccountKind::Current,
        name: account.to_string(),
        currency: Currency::CZK,
        opened: None,
        limit: Some(crowns(0)),
    });
    bank.load_accounts(rows.collect()).await.unwrap();
    let holders = accounts.clone().map(|account| HolderRow {
        account: account.clone(),
        customer: customer.customer.clone(),
        role: Role::Owner,
    });
    bank.load_holders(holders.collect()).await.unwrap();
    for account in accounts.clone() {
        let deposit = PostTransaction {
            transaction: format!("deposit-{account}").parse().unwrap(),
            account: account.clone(),
            amount: crowns(1_000),
            operation: "cash_deposit".to_owned(),
            date: None,
            purpose: None,
            counterparty_bank: None,
            counterparty_account: None,
        };
        bank.post(deposit).await.unwrap();
    }
    let [executed, refused] = [PAID, 5_000].map(|amount| order(OrderKind::Transfer, amount, None));
    for (number, order) in (1..).zip([executed.clone(), refused.clone()]) {
        let placing = Placing {
            customer: customer.customer.clone(),
            device: DeviceId::at(NOW, [0; 10]),
            intent: id(number),
            order,
            created: NOW,
        };
        bank.place(placing).await.unwrap();
    }
    let snapshot = bank.snapshot(&customer.customer).await.unwrap();
    let accounts = snapshot.accounts.iter().map(|account| {
        let booked = account.balances[&BalanceType::Booked];
        let shown = Account {
            account: account.account.clone(),
            state: None,
            balances: account.balances.clone(),
        };
        let funds = Funds {
            booked,
            pending: crowns(0),
            expected: booked,
            available: None,
        };
        (shown, Some(funds))
    });
    let done = || Shown::Done {
        date: None,
        bank_reference: None,
    };
    let another = order(OrderKind::Transfer, 1, None);
    let cancel = order(OrderKind::Cancel, 1, Some(id(4)));
    let limit = ErrorCode::OrderLimitExceeded;
    let orders = vec![
        shown(1, executed, done()),
        shown(
            2,
            refused,
            Shown::Refused(Refusal::Reason(Reason::InsufficientFunds)),
        ),
        shown(
            3,
            another.clone(),
            Shown::Refused(Refusal::Code(limit.number(), None)),
        ),
        shown(4, another, Shown::Cancelled),
        shown(5, cancel, done()),
    ];
    let answers = [
        answer(3, OrderProgress::Refused, Some(limit)),
        answer(5, OrderProgress::Executed, None),
    ];
    let report = Report {
        customer: customer.customer.clone(),
        complete: true,
        accounts: accounts.collect(),
        submitted: orders.iter().map(|order| order.intent).collect(),
        orders,
        answers: answers.into_iter().collect::<BTreeMap<_, _>>(),
        arranged: [vec![], vec![], vec![]],
        discrepancies: 0,
        restarts: 0,
        tally: super::super::network::Tally::default(),
    };
    let ledger = Ledger::read(bank, &[customer]).await.unwrap();
    (ledger, report)
}

/// The verdict on a world that something was done to.
async fn of(change: impl FnOnce(&mut Ledger, &mut Report)) -> Verdict {
    let directory = tempfile::tempdir().unwrap();
    let (mut ledger, mut report) = world(&directory).await;
    change(&mut ledger, &mut report);
    let verdict = Verdict::of(&ledger, &[report], false).await.unwrap();
    ledger.close().await;
    verdict
}

#[tokio::test]
async fn what_is_right_is_clean() {
    let right = of(|_, _| {}).await;
    let expected = Verdict {
        orders: 5,
        executed: 2,
        refused: 2,
        cancelled: 1,
        ..Verdict::default()
    };
    assert_eq!(right, expected);
    assert!(right.is_clean());
}

#[tokio::test]
async fn money_that_moved_too_often_is_found() {
    let twice = Moved {
        debits: 2,
        credits: 1,
        amount: 2 * PAID,
    };
    let once = Moved {
        debits: 1,
        credits: 1,
        amount: PAID,
    };
    // The order that was executed, the refused one, the one that was cancelled before it came, and one that nobody gave.
    for (number, moved) in [(1, twice), (2, once), (4, once), (9, once)] {
        let verdict = of(|ledger, _| {
            ledger.moved.insert(id(number).to_string(), moved);
        });
        let verdict = verdict.await;
        assert_eq!((verdict.executed_twice, verdict.lost), (1, 0), "{number}");
        assert!(!verdict.is_clean());
    }
}

#[tokio::test]
async fn what_is_lost_is_found() {
    let without_its_money = of(|ledger, _| ledger.moved.clear());
    assert_eq!(without_its_money.await.lost, 1);
    let of_another_amount = of(|ledger, _| {
        for moved in ledger.moved.values_mut() {
            moved.amount += 1;
        }
    });
    assert_eq!(of_another_amount.await.lost, 1);
    let not_shown = of(|_, report| {
        report.submitted.insert(id(9));
    });
    assert_eq!(not_shown.await.lost, 1);
}

/// The device's word counts for nothing where the books and gateway know nothing of an order.
#[tokio::test]
async fn what_only_the_device_says_is_lost() {
    for (number, lost) in [(3, 1), (5, 2)] {
        let unknown = of(|_, report| {
            report.answers.remove(&id(number));
        });
        let unknown = unknown.await;
        assert_eq!((unknown.lost, unknown.devices_disagreeing), (lost, 1));
    }
    for gone in [OrderProgress::Received, OrderProgress::Executed] {
        let accepted_and_gone = of(|_, report| {
            let (id, answer) = answer(3, gone, None);
            report.answers.insert(id, answer);
        });
        assert_eq!(accepted_and_gone.await.lost, 1);
    }
}

#[tokio::test]
async fn a_device_that_disagrees_is_found() {
    type Change = fn(&mut Report);
    let changes: [Change; 7] = [
        |report| report.complete = false,
        |report| report.discrepancies = 1,
        |report| report.orders[0].state = Shown::Cancelled,
        |report| report.orders[1].state = Shown::Accepted,
        |report| report.orders[0].amount_is_pending = true,
        |report| {
            let balances = &mut report.accounts[0].0.balances;
            balances.insert(BalanceType::Booked, crowns(1));
        },
        |report| report.arranged[0].push("a standing order".to_owned()),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let verdict = of(|_, report| change(report)).await;
        assert_eq!(verdict.devices_disagreeing, 1, "{index}");
        assert!(!verdict.is_clean(), "{index}");
    }
}

#[tokio::test]
async fn books_that_do_not_balance_and_answers_that_differ_are_found() {
    let unbalanced = of(|ledger, _| ledger.imbalance = 1).await;
    assert!(!unbalanced.is_clean());
    let differing = of(|_, report| report.tally.answers_differing = 1).await;
    assert!(!differing.is_clean());
}
