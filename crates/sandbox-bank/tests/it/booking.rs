//! Transactions are booked once, balanced, within limits, and numbered without gaps.

use crate::{account, customer, czk, holder, order, small};
use core_bank::CoreBank as _;
use protocol::http::{AccountRow, CustomerRow, PostTransaction};
use protocol::{EntryKind, Event};
use sandbox_bank::SandboxBank;
use std::sync::Arc;
use types::{BalanceType, ErrorCode, Money, Role, Sequence, Time};

async fn events(bank: &SandboxBank, account: &str) -> Vec<Event> {
    bank.events_after(&crate::subject(account), Sequence::ZERO, 10_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_repeated_order_gets_the_stored_answer_and_a_different_one_with_its_id_is_refused() {
    let (bank, _directory) = small().await;
    let first = order("t1", "20", 700);
    let booked = bank.post(first.clone()).await.unwrap();
    assert_eq!((booked.number, booked.balance.minor_units()), (1, 700));
    bank.post(order("t2", "20", 5)).await.unwrap();
    assert_eq!(bank.post(first.clone()).await.unwrap(), booked);

    let differs = |changed: PostTransaction| {
        let bank = bank.clone();
        async move {
            let refused = bank.post(changed).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::TransactionConflict, "{refused}");
        }
    };
    differs(order("t1", "20", 701)).await;
    differs(order("t1", "30", 700)).await;
    differs(PostTransaction {
        date: None,
        ..first.clone()
    })
    .await;
    differs(PostTransaction {
        operation: "interest".to_owned(),
        ..first.clone()
    })
    .await;
    differs(PostTransaction {
        purpose: Some("pension".to_owned()),
        ..first.clone()
    })
    .await;
    differs(PostTransaction {
        counterparty_bank: Some("AB".to_owned()),
        ..first.clone()
    })
    .await;
    differs(PostTransaction {
        counterparty_account: Some(String::new()),
        ..first
    })
    .await;
    assert_eq!(
        events(&bank, "20").await.len(),
        5,
        "opened, two holders, two bookings"
    );
}

#[tokio::test]
async fn a_transaction_without_a_date_is_booked_on_the_banks_current_day() {
    // 2025-07-20T22:30Z, half past midnight in Prague.
    let night = Time::from_ms(1_753_050_600_000);
    for (zone, today) in [("UTC", "2025-07-20"), ("Europe/Prague", "2025-07-21")] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bank.sqlite");
        let bank = SandboxBank::open(crate::location(&path), Arc::new(move || night)).unwrap();
        let bank = bank.in_time_zone(zone.parse().unwrap());
        bank.load_accounts(vec![account("20")]).await.unwrap();
        let undated = PostTransaction {
            date: None,
            ..order("t1", "20", 700)
        };
        bank.post(undated).await.unwrap();
        bank.post(order("t2", "20", 5)).await.unwrap();
        let booked = events(&bank, "20").await;
        let dates = booked
            .iter()
            .filter_map(|event| event.entry.booking.as_ref());
        let dates: Vec<_> = dates.map(|booking| booking.date.to_string()).collect();
        let given = order("t2", "20", 5).date.unwrap().to_string();
        assert_eq!(dates, [today.to_owned(), given], "{zone}");
    }
}

#[tokio::test]
async fn a_refused_order_leaves_nothing() {
    let (bank, _directory) = small().await;
    bank.post(order("full", "20", i64::MAX)).await.unwrap();
    let check = |order: PostTransaction, code: ErrorCode| {
        let bank = bank.clone();
        async move {
            let refused = bank.post(order).await.unwrap_err();
            assert_eq!(refused.code(), code, "{refused}");
        }
    };
    let eur = Money::new(5, "EUR".parse().unwrap());
    check(order("a", "99", 5), ErrorCode::AccountUnknown).await;
    check(order("b", "30", -101), ErrorCode::InsufficientFunds).await;
    check(order("c", "20", 1), ErrorCode::AmountOutOfRange).await;
    check(order("d", "30", i64::MIN), ErrorCode::AmountOutOfRange).await;
    check(
        PostTransaction {
            amount: eur,
            ..order("e", "30", 5)
        },
        ErrorCode::CurrencyMismatch,
    )
    .await;
    let long = "x".repeat(1_025);
    check(
        PostTransaction {
            purpose: Some(long),
            ..order("f", "30", 5)
        },
        ErrorCode::TooLarge,
    )
    .await;
    // Each text alone is short enough, but a page of 200 such entries could not be sealed.
    let text = "x".repeat(600);
    check(
        PostTransaction {
            purpose: Some(text.clone()),
            counterparty_bank: Some(text),
            ..order("g", "30", 5)
        },
        ErrorCode::TooLarge,
    )
    .await;
    assert_eq!(events(&bank, "30").await.len(), 1);
    // A refused id is free: no transaction was booked with it.
    let booked = bank.post(order("b", "30", -100)).await.unwrap();
    assert_eq!(booked.number, 1);
    let totals = bank.trial_balance().await.unwrap();
    assert_eq!(totals[&czk()], i128::from(i64::MAX) - 100);
}

#[tokio::test]
async fn an_event_carries_everything_of_its_transaction() {
    let (bank, _directory) = small().await;
    let full = PostTransaction {
        operation: "transfer_in".to_owned(),
        purpose: Some("žluťoučký kůň".to_owned()),
        counterparty_bank: Some("ST".to_owned()),
        counterparty_account: Some("0089597016".to_owned()),
        ..order("t1", "30", 0)
    };
    let booked = bank.post(full.clone()).await.unwrap();
    let event = events(&bank, "30").await.pop().unwrap();
    assert_eq!(event.holders, vec![]);
    assert_eq!(event.entry.kind, EntryKind::Booked);
    assert_eq!(
        event.entry.subject,
        Some((crate::subject("30"), booked.sequence))
    );
    let booking = event.entry.booking.unwrap();
    assert_eq!(booking.transaction, full.transaction);
    assert_eq!((booking.number, booking.date), (1, full.date.unwrap()));
    assert_eq!(booking.amount, full.amount);
    assert_eq!(booking.operation, full.operation);
    assert_eq!(booking.purpose, full.purpose);
    assert_eq!(booking.counterparty_bank, full.counterparty_bank);
    assert_eq!(booking.counterparty_account, full.counterparty_account);
    let balance = |kind: BalanceType| event.entry.balances[&kind].minor_units();
    assert_eq!(balance(BalanceType::Booked), 0);
    assert_eq!(balance(BalanceType::Available), 100);
    assert_eq!(balance(BalanceType::Limit), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_have_no_gaps_under_concurrency() {
    let (bank, _directory) = small().await;
    let posts: Vec<_> = (0..400)
        .map(|index| {
            let bank = bank.clone();
            let id = format!("t{}", index % 300);
            let account = if index % 300 % 2 == 0 { "20" } else { "30" };
            tokio::spawn(async move {
                // Some are refused and must use up no sequence; a hundred are sent twice.
                let amount = if index % 300 % 7 == 0 {
                    -1_000_000_000
                } else {
                    3
                };
                bank.post(order(&id, account, amount)).await.is_ok()
            })
        })
        .collect();
    let mut booked = 0;
    for post in posts {
        booked += usize::from(post.await.unwrap());
    }
    assert!(booked > 300);
    for subject in ["20", "30"] {
        let events = events(&bank, subject).await;
        let mut number = 0;
        let mut balance = 0;
        for (sequence, event) in (1..).zip(&events) {
            assert_eq!(event.subject().unwrap().1.get(), sequence);
            if let Some(booking) = &event.entry.booking {
                number += 1;
                balance += booking.amount.minor_units();
                assert_eq!(booking.number, number);
                assert_eq!(
                    event.entry.balances[&BalanceType::Booked].minor_units(),
                    balance
                );
            }
        }
        assert!(number > 100);
    }
    bank.trial_balance().await.unwrap();
}

#[tokio::test]
async fn holders_come_and_go_in_the_accounts_own_sequence() {
    let (bank, _directory) = small().await;
    let three = ("3".parse().unwrap(), Role::Authorised);
    let two = ("2".parse().unwrap(), Role::Owner);
    bank.remove_holder("20".parse().unwrap(), "3".parse().unwrap())
        .await
        .unwrap();
    bank.post(order("t1", "20", 5)).await.unwrap();
    let again = bank.remove_holder("20".parse().unwrap(), "3".parse().unwrap());
    assert_eq!(again.await.unwrap_err().code(), ErrorCode::AccountUnknown);

    let told: Vec<_> = events(&bank, "20")
        .await
        .into_iter()
        .map(|event| (event.entry.kind.to_string(), event.holders))
        .collect();
    let expected = [
        ("account.opened", vec![]),
        ("holder.added", vec![two.clone()]),
        ("holder.added", vec![two.clone(), three.clone()]),
        ("holder.removed", vec![two.clone(), three]),
        ("booked", vec![two]),
    ];
    assert_eq!(
        told,
        expected.map(|(kind, holders)| (kind.to_owned(), holders))
    );
}

#[tokio::test]
async fn loading_again_changes_nothing_and_different_content_is_a_conflict() {
    let (bank, _directory) = small().await;
    let loaded = bank
        .load_customers(vec![customer("2"), customer("4")])
        .await
        .unwrap();
    assert_eq!((loaded.loaded, loaded.existing), (1, 1));
    let loaded = bank.load_accounts(vec![account("20")]).await.unwrap();
    assert_eq!((loaded.loaded, loaded.existing), (0, 1));
    let loaded = bank
        .load_holders(vec![holder("20", "2", Role::Owner)])
        .await
        .unwrap();
    assert_eq!((loaded.loaded, loaded.existing), (0, 1));

    let named = CustomerRow {
        name: Some("Jana".to_owned()),
        ..customer("2")
    };
    let refused = bank
        .load_customers(vec![customer("5"), named])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AccountConflict);
    let renamed = AccountRow {
        name: "Other".to_owned(),
        ..account("20")
    };
    let refused = bank
        .load_accounts(vec![account("50"), renamed])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AccountConflict);
    let refused = bank
        .load_holders(vec![holder("20", "2", Role::Authorised)])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AccountConflict);
    let refused = bank
        .load_holders(vec![holder("20", "5", Role::Owner)])
        .await
        .unwrap_err();
    assert_eq!(
        refused.code(),
        ErrorCode::CustomerUnknown,
        "its batch was refused as a whole"
    );
    let refused = bank
        .load_holders(vec![holder("50", "2", Role::Owner)])
        .await
        .unwrap_err();
    assert_eq!(
        refused.code(),
        ErrorCode::AccountUnknown,
        "its batch was refused as a whole"
    );
    let own = bank
        .load_accounts(vec![account("own-CZK")])
        .await
        .unwrap_err();
    assert_eq!(own.code(), ErrorCode::Malformed);
    let many = vec![customer("2"); 1_001];
    assert_eq!(
        bank.load_customers(many).await.unwrap_err().code(),
        ErrorCode::TooLarge
    );
}

#[tokio::test]
async fn more_holders_than_an_event_can_name_are_refused() {
    let (bank, _directory) = small().await;
    let mut refused = None;
    for batch in 0..20 {
        let ids: Vec<String> = (0..500)
            .map(|index| format!("{:0>120}", batch * 500 + index))
            .collect();
        bank.load_customers(ids.iter().map(|id| customer(id)).collect())
            .await
            .unwrap();
        for chunk in ids.chunks(100) {
            let holders = chunk
                .iter()
                .map(|id| holder("30", id, Role::Authorised))
                .collect();
            if let Err(error) = bank.load_holders(holders).await {
                refused = Some((batch, error.code()));
                break;
            }
        }
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused, Some((3, ErrorCode::TooLarge)));
    bank.post(order("t1", "30", 5)).await.unwrap();
}

#[tokio::test]
async fn texts_with_control_characters_are_refused() {
    let (bank, _directory) = small().await;
    for text in ["\u{1b}[2J", "a\u{b}b", "\u{9b}31m", "\0"] {
        let evil = || Some(text.to_owned());
        let good = order("t1", "20", 700);
        let orders = [
            PostTransaction {
                operation: text.to_owned(),
                ..good.clone()
            },
            PostTransaction {
                purpose: evil(),
                ..good.clone()
            },
            PostTransaction {
                counterparty_bank: evil(),
                ..good.clone()
            },
            PostTransaction {
                counterparty_account: evil(),
                ..good
            },
        ];
        for order in orders {
            let refused = bank.post(order).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::Malformed, "{refused}");
        }
        let named = CustomerRow {
            name: evil(),
            ..customer("another")
        };
        let refused = bank.load_customers(vec![named]).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Malformed, "{refused}");
        let named = AccountRow {
            name: text.to_owned(),
            ..account("another")
        };
        let refused = bank.load_accounts(vec![named]).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Malformed, "{refused}");
    }
    let booked = bank.post(PostTransaction {
        purpose: Some("Příští nájem – 100 €".to_owned()),
        ..order("t1", "20", 700)
    });
    assert_eq!(booked.await.unwrap().number, 1);
}

#[tokio::test]
async fn only_a_purpose_may_have_several_lines() {
    let (bank, _directory) = small().await;
    let lines = "rent\r\nJanuary\n\tflat 3\rend";
    let good = PostTransaction {
        purpose: Some(lines.to_owned()),
        ..order("t1", "20", 700)
    };
    bank.post(good.clone()).await.unwrap();
    let events = events(&bank, "20").await;
    let booked = events.last().unwrap().entry.booking.as_ref().unwrap();
    assert_eq!(booked.purpose.as_deref(), Some(lines));
    for order in [
        PostTransaction {
            operation: lines.to_owned(),
            ..order("t2", "20", 700)
        },
        PostTransaction {
            counterparty_bank: Some(lines.to_owned()),
            ..order("t2", "20", 700)
        },
        PostTransaction {
            counterparty_account: Some(lines.to_owned()),
            ..order("t2", "20", 700)
        },
    ] {
        let refused = bank.post(order).await.unwrap_err();
        assert!(
            refused.to_string().ends_with("has a control character"),
            "{refused}"
        );
    }
}

/// A check before posting gives the same answer as posting.
#[tokio::test]
async fn check_posting_refuses_the_same_orders_as_posting() {
    let (bank, _directory) = small().await;
    let (mut taken, mut refused) = (0, 0);
    for length in (800..1_030).step_by(3) {
        let order = PostTransaction {
            operation: "o".repeat(100),
            counterparty_account: Some("c".repeat(length)),
            ..order(&format!("t{length}"), "20", 5)
        };
        let posted = bank.post(order.clone()).await;
        // Two holders were added before.
        let next = Sequence::new(taken + 4).unwrap();
        let balance = i64::try_from(taken + 1).unwrap() * 5;
        let asked = sandbox_bank::check_posting(&order, (taken + 1, next, balance));
        let told = |error: sandbox_bank::BankError| error.to_string();
        match &posted {
            Ok(booked) => {
                assert_eq!(
                    (booked.number, booked.sequence),
                    (taken + 1, next),
                    "{length}"
                );
                taken += 1;
            }
            Err(_) => refused += 1,
        }
        assert_eq!(
            asked.map_err(told),
            posted.map(drop).map_err(told),
            "{length}"
        );
    }
    assert!(taken > 10 && refused > 10, "{taken} {refused}");
}
