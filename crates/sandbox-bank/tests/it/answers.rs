//! The core bank port: events, heads, snapshots and history agree with each other at every moment.

use crate::{account, czk, empty, open, order, small, subject};
use core_bank::{CoreBank, CoreBankError, HISTORY_MAX, HeadsCursor, SubjectHead, entry_hash};
use sandbox_bank::SandboxBank;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use types::{AccountId, BalanceType, Money, Role, Sequence, SubjectId};

fn sequence(plain: u64) -> Sequence {
    Sequence::new(plain).unwrap()
}

#[tokio::test]
async fn events_after_a_sequence_come_in_order_bounded() {
    let (bank, _directory) = small().await;
    for index in 0..5 {
        bank.post(order(&format!("t{index}"), "20", index))
            .await
            .unwrap();
    }
    let subject = subject("20");
    let check = async |after: u64, limit: usize, expected: &[u64]| {
        let events = bank
            .events_after(&subject, sequence(after), limit)
            .await
            .unwrap();
        let sequences: Vec<u64> = events
            .iter()
            .map(|event| event.subject().unwrap().1.get())
            .collect();
        assert_eq!(sequences, expected, "after {after}, at most {limit}");
    };
    check(0, 100, &[1, 2, 3, 4, 5, 6, 7, 8]).await;
    check(6, 1, &[7]).await;
    check(8, 100, &[]).await;
    check(99, 100, &[]).await;
    let customer: SubjectId = "customer:2".parse().unwrap();
    let none = bank.events_after(&customer, Sequence::ZERO, 9).await;
    assert!(none.unwrap().is_empty());
    let unknown = crate::subject("no such");
    assert!(
        bank.events_after(&unknown, Sequence::ZERO, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The head of an account whose newest event has this sequence.
async fn head(bank: &SandboxBank, account: &str, newest: u64) -> SubjectHead {
    let subject = subject(account);
    let events = bank.events_after(&subject, sequence(newest - 1), 9).await;
    let events = events.unwrap();
    assert_eq!(events.len(), 1);
    SubjectHead {
        subject,
        sequence: sequence(newest),
        hash: entry_hash(&events[0].entry),
        holders: Vec::new(),
    }
}

#[tokio::test]
async fn heads_list_each_changed_subject_once() {
    let (bank, _directory) = empty();
    bank.load_accounts(vec![account("a"), account("b"), account("c")])
        .await
        .unwrap();
    let all = bank.heads(HeadsCursor::START, 100).await.unwrap();
    assert_eq!(all.subjects.len(), 3);
    let none = bank.heads(all.next, 100).await.unwrap();
    assert_eq!((none.subjects.len(), none.next), (0, all.next));
    bank.post(order("t1", "b", 1)).await.unwrap();
    bank.post(order("t2", "a", 1)).await.unwrap();
    bank.post(order("t3", "b", 1)).await.unwrap();
    let first = bank.heads(all.next, 1).await.unwrap();
    assert_eq!(first.subjects, [head(&bank, "a", 2).await]);
    assert!(first.newest > first.next);
    let second = bank
        .heads(HeadsCursor::new(first.next.get()), 9)
        .await
        .unwrap();
    assert_eq!(second.subjects, [head(&bank, "b", 3).await]);
    assert_eq!(second.newest, second.next);
    assert!(
        bank.heads(second.next, 9)
            .await
            .unwrap()
            .subjects
            .is_empty()
    );
}

#[tokio::test]
async fn heads_name_the_holders_of_the_newest_event_and_who_leaves_by_it() {
    let (bank, _directory) = small().await;
    let holders = async || {
        let heads = bank.heads(HeadsCursor::START, 100).await.unwrap();
        let of = |head: &&SubjectHead| head.subject == subject("20");
        let head = heads.subjects.iter().find(of).unwrap();
        let ids = head.holders.iter().map(|holder| holder.as_str().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(holders().await, ["2", "3"]);
    bank.remove_holder("20".parse().unwrap(), "3".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(holders().await, ["2", "3"], "the event tells who leaves");
    bank.post(order("t", "20", 1)).await.unwrap();
    assert_eq!(holders().await, ["2"]);
}

#[tokio::test]
async fn the_events_of_several_subjects_come_in_the_order_asked() {
    let (bank, _directory) = small().await;
    for index in 0..5 {
        let order = order(&format!("t{index}"), "20", index);
        bank.post(order).await.unwrap();
    }
    let asked = [
        (subject("no such"), Sequence::ZERO),
        (subject("20"), sequence(6)),
        ("customer:2".parse().unwrap(), Sequence::ZERO),
        (subject("20"), Sequence::ZERO),
    ];
    let answers = bank.events_of_each(&asked, 3).await.unwrap();
    let sequences: Vec<Vec<u64>> = answers
        .iter()
        .map(|events| {
            let of = |event: &protocol::Event| event.subject().unwrap().1.get();
            events.iter().map(of).collect()
        })
        .collect();
    assert_eq!(sequences, [vec![], vec![7, 8], vec![], vec![1, 2, 3]]);
}

#[tokio::test]
async fn a_snapshot_has_all_accounts_and_an_unknown_customer_is_an_error() {
    let (bank, _directory) = small().await;
    bank.post(order("t1", "20", 5)).await.unwrap();
    let snapshot = bank.snapshot(&"3".parse().unwrap()).await.unwrap();
    let [state] = snapshot.accounts.as_slice() else {
        panic!("one account")
    };
    assert_eq!(
        (state.role.clone(), state.sequence, state.booked_entries),
        (Role::Authorised, sequence(4), 1)
    );
    assert_eq!(state.balances[&BalanceType::Booked], Money::new(5, czk()));
    assert_eq!(state.name, "Account 20");
    let unknown = bank.snapshot(&"99".parse().unwrap()).await;
    assert!(matches!(unknown, Err(CoreBankError::CustomerUnknown(_))));
    let unknown = bank.history(&"99".parse().unwrap(), 0, 9, 9).await;
    assert!(matches!(unknown, Err(CoreBankError::AccountUnknown(_))));
    let holders = bank.holders(&"20".parse().unwrap()).await.unwrap();
    assert_eq!(holders.len(), 2);
}

#[tokio::test]
async fn history_is_read_by_number_and_never_changes() {
    let (bank, _directory) = small().await;
    let account: AccountId = "20".parse().unwrap();
    for index in 0..401 {
        bank.post(order(&format!("t{index}"), "20", 1))
            .await
            .unwrap();
    }
    let snapshot = bank.snapshot(&"2".parse().unwrap()).await.unwrap();
    assert_eq!(snapshot.accounts[0].booked_entries, 401);
    let check = async |after, through, limit, expected: RangeInclusive<u64>| {
        let history = bank.history(&account, after, through, limit).await.unwrap();
        assert_eq!(history.incarnation, snapshot.incarnation);
        let numbers = history
            .entries
            .iter()
            .map(|entry| entry.booking.as_ref().unwrap().number);
        assert!(
            numbers.eq(expected),
            "after {after} through {through}, at most {limit}"
        );
        history
    };
    check(0, 401, 200, 1..=200).await;
    check(200, 401, 150, 201..=350).await;
    let before = check(350, 401, 200, 351..=401).await;
    bank.post(order("later", "20", 1)).await.unwrap();
    assert_eq!(check(350, 401, 200, 351..=401).await, before);
    check(350, 999, 200, 351..=402).await;
    check(402, 999, 200, RangeInclusive::new(1, 0)).await;
    check(9, 9, 200, RangeInclusive::new(1, 0)).await;
    check(u64::MAX, u64::MAX, 200, RangeInclusive::new(1, 0)).await;
    for index in 0..HISTORY_MAX {
        let order = order(&format!("more {index}"), "20", 1);
        bank.post(order).await.unwrap();
    }
    check(1, u64::MAX, usize::MAX, 2..=1_001).await;
}

#[tokio::test]
async fn the_incarnation_stays_when_the_books_are_opened_again() {
    let (bank, directory) = small().await;
    let customer = "2".parse().unwrap();
    let before = bank.snapshot(&customer).await.unwrap().incarnation;
    drop(bank);
    let bank = open(&directory.path().join("bank.sqlite"));
    let after = bank.snapshot(&customer).await.unwrap();
    assert_eq!(after.incarnation, before);
    assert_eq!(after.sequence, Sequence::ZERO);
    let (other, _directory) = small().await;
    let other = other.snapshot(&customer).await.unwrap().incarnation;
    assert_ne!(other, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_agree_while_transactions_are_posted() {
    let (bank, _directory) = small().await;
    let writer = tokio::spawn({
        let bank = bank.clone();
        async move {
            for index in 0..300 {
                bank.post(order(&format!("t{index}"), "20", 1))
                    .await
                    .unwrap();
            }
        }
    });
    let mut known: BTreeMap<SubjectId, Sequence> = BTreeMap::new();
    let mut cursor = HeadsCursor::START;
    let mut done = false;
    while !done {
        done = writer.is_finished();
        let snapshot = bank.snapshot(&"2".parse().unwrap()).await.unwrap();
        let state = &snapshot.accounts[0];
        // Three events came before the bookings; each booking adds one event and 1 minor unit.
        assert_eq!(state.sequence.get(), 3 + state.booked_entries);
        assert_eq!(
            state.balances[&BalanceType::Booked]
                .minor_units()
                .unsigned_abs(),
            state.booked_entries
        );
        let subject = SubjectId::from(&state.account);
        let events = bank
            .events_after(&subject, Sequence::ZERO, 1_000)
            .await
            .unwrap();
        assert!(events.last().unwrap().subject().unwrap().1 >= state.sequence);
        let heads = bank.heads(cursor, 100).await.unwrap();
        cursor = heads.next;
        for head in heads.subjects {
            let before = known.insert(head.subject, head.sequence);
            assert!(before.is_none_or(|before| before < head.sequence));
        }
    }
    writer.await.unwrap();
    assert_eq!(known[&subject("20")], sequence(303));
}
