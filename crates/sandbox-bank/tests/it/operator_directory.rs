//! The operator sets up what a person needs to see every outcome of a payment.

use crate::customer;
use crate::operator_edge::{Ask, ask};
use crate::orders::{DAY_MS, NOON, Rig, away, crowns, here, transfer};
use core_bank::OrderState;
use http::{Method, StatusCode};
use order::{Creditor, OrderFields, OrderKind, Reason, Scheme};
use sandbox_bank::SandboxBank;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{ErrorCode, Time};

async fn set(rig: &Rig, route: &str, body: Value) -> Value {
    let (status, answer) = ask(&rig.bank, Ask::post(route, &body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

async fn refused(rig: &Rig, route: &str, body: Value, code: ErrorCode) {
    let (status, answer) = ask(&rig.bank, Ask::post(route, &body)).await;
    assert_eq!(answer["code"], code.number(), "{body} {answer}");
    assert_eq!(status.as_u16(), code.status());
    assert!(answer["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
}

async fn directory(rig: &Rig) -> Value {
    let asked = Ask {
        method: Method::GET,
        body: String::new(),
        ..Ask::post("directory", &Value::Null)
    };
    let (status, answer) = ask(&rig.bank, asked).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn proxy(number: &str) -> Creditor {
    Creditor::new(Scheme::Proxy, number)
}

#[tokio::test]
async fn each_thing_that_is_set_up_changes_what_becomes_of_payments() {
    let rig = Rig::new().await;
    let here_row = json!({"proxy": "mobile:1000", "account": "c"});
    assert_eq!(set(&rig, "proxies", here_row.clone()).await, here_row);
    let state = rig
        .place("2", 1, transfer("a", crowns(1), proxy("mobile:1000")))
        .await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    let away_row = json!({"proxy": "mobile:1000", "account": "123", "bank": "0800", "name": "Eva"});
    set(&rig, "proxies", away_row.clone()).await;
    let state = rig
        .place("2", 2, transfer("a", crowns(1), proxy("mobile:1000")))
        .await;
    assert!(matches!(state, OrderState::Pending { .. }), "{state:?}");

    let biller = json!({"biller": "water", "name": "Waterworks", "account": "d", "references": 1, "checked": true});
    assert_eq!(set(&rig, "billers", biller.clone()).await, biller);
    let bill = |reference: &str| OrderFields {
        kind: OrderKind::Bill,
        ..transfer(
            "a",
            crowns(1),
            Creditor {
                references: vec![reference.to_owned()],
                ..Creditor::new(Scheme::Biller, "water")
            },
        )
    };
    let state = rig.place("2", 3, bill("18")).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    let state = rig.place("2", 4, bill("19")).await;
    assert_eq!(state, OrderState::Refused(Reason::BillerRefused));

    let frozen = json!({"account": "c", "state": "frozen"});
    assert_eq!(set(&rig, "account-states", frozen.clone()).await, frozen);
    let to_frozen = || transfer("a", crowns(1), here("c"));
    let state = rig.place("2", 5, to_frozen()).await;
    assert_eq!(state, OrderState::Refused(Reason::CreditorUnknown));

    let returns =
        json!({"scheme": "domestic", "identification": "9", "handling": "returns", "days": 1});
    assert_eq!(set(&rig, "counterparties", returns.clone()).await, returns);
    let refuses = json!({"scheme": "domestic", "identification": "8", "handling": "refuses"});
    set(&rig, "counterparties", refuses.clone()).await;
    let domestic = |to: &str| transfer("a", crowns(1), away(Scheme::Domestic, to));
    rig.place("2", 6, domestic("9")).await;
    rig.place("2", 7, domestic("8")).await;

    let fee = json!({"scheme": "swift", "amount": crowns(20)});
    let announced = set(&rig, "fees", fee).await;
    assert_eq!(announced["from"], NOON.plus_ms(3 * DAY_MS).ms());
    assert_eq!(
        directory(&rig).await,
        json!({
            "accounts": [frozen],
            "proxies": [away_row],
            "billers": [biller],
            "counterparties": [refuses, returns],
            "fees": [announced],
            "holidays": ["2026-04-03", "2026-04-06"],
        })
    );

    rig.on("2026-04-30").await;
    let returned = OrderState::Refused(Reason::Returned);
    assert_eq!(rig.state("2", 6).await, returned);
    let unknown = OrderState::Refused(Reason::CreditorUnknown);
    assert_eq!(rig.state("2", 7).await, unknown);
    let open = json!({"account": "c", "state": "open"});
    set(&rig, "account-states", open).await;
    let state = rig.place("2", 8, to_frozen()).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    let accepts = json!({"scheme": "domestic", "identification": "8", "handling": "accepts"});
    set(&rig, "counterparties", accepts).await;
    rig.place("2", 9, domestic("8")).await;
    rig.on("2026-05-29").await;
    let state = rig.state("2", 9).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    assert_eq!(directory(&rig).await["counterparties"], json!([returns]));
}

/// The clock goes on with each reading, as one does between two of them.
#[tokio::test]
async fn a_fee_without_a_moment_counts_from_the_earliest_one() {
    let time = Arc::new(AtomicU64::new(NOON.ms()));
    let read = time.clone();
    let clock = Arc::new(move || Time::from_ms(read.fetch_add(1, Ordering::Relaxed)));
    let directory = tempfile::tempdir().unwrap();
    let bank = SandboxBank::open(directory.path().join("bank.sqlite"), clock).unwrap();
    bank.load_customers(vec![customer("2")]).await.unwrap();
    let now = Time::from_ms(time.load(Ordering::Relaxed));
    let fee = json!({"scheme": "swift", "amount": crowns(20)});
    let (status, announced) = ask(&bank, Ask::post("fees", &fee)).await;
    assert_eq!(status, StatusCode::OK, "{announced}");
    assert_eq!(announced["from"], now.plus_ms(3 * DAY_MS).ms());
}

#[tokio::test]
async fn wrong_input_is_refused_with_its_code_and_changes_nothing() {
    let rig = Rig::new().await;
    let before = directory(&rig).await;
    let unknown = ErrorCode::AccountUnknown;
    let malformed = ErrorCode::Malformed;
    let cases = [
        (
            "account-states",
            json!({"account": "none", "state": "frozen"}),
            unknown,
        ),
        (
            "account-states",
            json!({"account": "a", "state": "lost"}),
            malformed,
        ),
        (
            "proxies",
            json!({"proxy": "mobile:1000", "account": "none"}),
            unknown,
        ),
        (
            "proxies",
            json!({"proxy": "1000", "account": "a"}),
            malformed,
        ),
        (
            "proxies",
            json!({"proxy": "mobile:1", "account": "a"}),
            malformed,
        ),
        (
            "proxies",
            json!({"proxy": "mobile:1000", "account": "a\u{7}", "bank": "1"}),
            malformed,
        ),
        (
            "proxies",
            json!({"proxy": "mobile:1000", "account": ""}),
            malformed,
        ),
        (
            "billers",
            json!({"biller": "w", "name": "W", "account": "none", "references": 1, "checked": true}),
            unknown,
        ),
        (
            "billers",
            json!({"biller": "w", "name": "W", "references": 0, "checked": true}),
            malformed,
        ),
        (
            "billers",
            json!({"biller": "w", "name": "W", "references": 4, "checked": true}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "account", "identification": "a", "handling": "refuses"}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "pigeon", "identification": "a", "handling": "refuses"}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "iban", "identification": "CZ00", "handling": "refuses"}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "domestic", "identification": "1", "handling": "returns"}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "domestic", "identification": "1", "handling": "returns", "days": 31}),
            malformed,
        ),
        (
            "counterparties",
            json!({"scheme": "domestic", "identification": "1", "handling": "refuses", "days": 1}),
            malformed,
        ),
        (
            "fees",
            json!({"scheme": "swift", "amount": crowns(-1)}),
            malformed,
        ),
        (
            "fees",
            json!({"scheme": "swift", "amount": crowns(1), "from": NOON.plus_ms(3 * DAY_MS - 1)}),
            malformed,
        ),
    ];
    for (route, body, code) in cases {
        refused(&rig, route, body, code).await;
    }
    assert_eq!(directory(&rig).await, before);
}
