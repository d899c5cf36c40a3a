//! The port to a core bank: events after, heads, snapshots and history agree with each other at every moment.

use crate::{account, czk, empty, order, small};
use core_bank::{CoreBank, CoreBankError, HeadsCursor, SubjectHead, entry_hash, history_pages};
use sandbox_bank::SandboxBank;
use std::collections::BTreeMap;
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
    let subject: SubjectId = "20".parse().unwrap();
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
    let unknown: SubjectId = "no such".parse().unwrap();
    assert!(
        bank.events_after(&unknown, Sequence::ZERO, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The head of an account whose newest event has that sequence.
async fn head(bank: &SandboxBank, account: &str, newest: u64) -> SubjectHead {
    let subject: SubjectId = account.parse().unwrap();
    let events = bank.events_after(&subject, sequence(newest - 1), 9).await;
    let events = events.unwrap();
    assert_eq!(events.len(), 1);
    SubjectHead {
        subject,
        sequence: sequence(newest),
        hash: entry_hash(&events[0].entry),
    }
}

#[tokio::test]
async fn heads_tell_what_changed_since_each_once() {
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
async fn a_snapshot_has_what_is_held_and_who_is_unknown_is_told() {
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
    let unknown = bank.history(&"99".parse().unwrap(), sequence(9), 1).await;
    assert!(matches!(unknown, Err(CoreBankError::AccountUnknown(_))));
    let holders = bank.holders(&"20".parse().unwrap()).await.unwrap();
    assert_eq!(holders.len(), 2);
}

#[tokio::test]
async fn history_is_cut_into_the_same_pages_whenever_it_is_read() {
    let (bank, _directory) = small().await;
    let account: AccountId = "20".parse().unwrap();
    for index in 0..401 {
        bank.post(order(&format!("t{index}"), "20", 1))
            .await
            .unwrap();
    }
    let snapshot = bank.snapshot(&"2".parse().unwrap()).await.unwrap();
    let through = snapshot.accounts[0].sequence;
    assert_eq!(history_pages(snapshot.accounts[0].booked_entries), 3);
    let mut pages = Vec::new();
    for page in 1..=3 {
        pages.push(bank.history(&account, through, page).await.unwrap());
    }
    assert_eq!(
        pages.iter().map(Vec::len).collect::<Vec<_>>(),
        [200, 200, 1]
    );
    let numbers = pages
        .iter()
        .flatten()
        .map(|entry| entry.booking.as_ref().unwrap().number);
    assert!(numbers.eq(1..=401));
    bank.post(order("later", "20", 1)).await.unwrap();
    for (page, before) in (1..).zip(&pages) {
        let now = bank.history(&account, through, page).await.unwrap();
        assert_eq!(&now, before);
        let encoded = |entries: &[protocol::Entry]| {
            entries
                .iter()
                .map(protocol::Entry::encode)
                .collect::<Vec<_>>()
        };
        assert_eq!(encoded(&now), encoded(before));
    }
    assert!(bank.history(&account, through, 4).await.unwrap().is_empty());
    assert!(bank.history(&account, through, 0).await.unwrap().is_empty());
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
        // Three events came before the first of the bookings, each of 1.
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
    assert_eq!(known[&"20".parse().unwrap()], sequence(303));
}
