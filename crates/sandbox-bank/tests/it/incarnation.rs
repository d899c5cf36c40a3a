//! The incarnation of the books, and when the books get a new one.

use crate::{account, order};
use core_bank::{CoreBank as _, HeadsCursor};
use sandbox_bank::SandboxBank;
use std::path::Path;
use std::sync::Arc;
use types::{Incarnation, Sequence, Time};

fn open(path: &Path) -> SandboxBank {
    SandboxBank::open(path, Arc::new(|| Time::from_ms(7))).unwrap()
}

#[tokio::test]
async fn every_answer_names_the_incarnation() {
    let directory = tempfile::tempdir().unwrap();
    let bank = open(&directory.path().join("bank.sqlite"));
    bank.load_accounts(vec![account("a")]).await.unwrap();
    bank.post(order("t1", "a", 1)).await.unwrap();
    let before = bank.incarnation().await.unwrap();
    let subject = crate::subject("a");
    let read = async || {
        let events = bank.events_after(&subject, Sequence::ZERO, 9).await;
        let heads = bank.heads(HeadsCursor::START, 9).await.unwrap();
        (events.unwrap(), heads)
    };
    let (events, heads) = read().await;
    assert_eq!(heads.incarnation, before);
    assert!(events.iter().all(|event| event.incarnation == Some(before)));

    let after = bank.reopen().await.unwrap();
    assert_ne!(after, before);
    let (reread, heads) = read().await;
    assert_eq!(heads.incarnation, after);
    assert!(reread.iter().all(|event| event.incarnation == Some(after)));
    let entries = |events: &[protocol::Event]| -> Vec<_> {
        events.iter().map(|event| event.entry.clone()).collect()
    };
    assert_eq!(
        entries(&events),
        entries(&reread),
        "the events are the same"
    );
}

#[tokio::test]
async fn a_copy_of_the_file_gets_a_new_incarnation_and_the_original_keeps_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.sqlite");
    let copy = directory.path().join("copy.sqlite");
    let at = async |path: &Path| -> (bool, Incarnation) {
        let bank = open(path);
        let copied = bank.reopen_if_copied(path).await.unwrap();
        let incarnation = bank.incarnation().await.unwrap();
        drop(bank);
        (copied, incarnation)
    };
    let (copied, first) = at(&path).await;
    assert!(!copied);
    assert_eq!(at(&path).await, (false, first));
    // All data is in the file itself now, whatever the bank's threads still do with it.
    let connection = rusqlite::Connection::open(&path).unwrap();
    let to = copy.to_str().unwrap();
    connection.execute("VACUUM INTO ?1", [to]).unwrap();
    let (copied, second) = at(&copy).await;
    assert!(copied);
    assert_ne!(first, second);
    assert_eq!(at(&copy).await, (false, second), "once");
    assert_eq!(at(&path).await, (false, first));
}
