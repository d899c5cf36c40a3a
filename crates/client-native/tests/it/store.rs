//! The store in SQLite: the suite, spaces, groups, and what is left when it ends.

use client::store::{Batch, Durability, Store as _, conformance};
use client_native::{Database, SqliteStore};
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("devices.sqlite");
    (directory, path)
}

fn put(name: &[u8], value: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.put(name.to_vec(), value.to_vec());
    batch
}

#[tokio::test]
async fn it_passes_the_suite() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    conformance::check(&SqliteStore::new(&database, "phone")).await;
    conformance::check(&SqliteStore::new(&database, "tablet")).await;
    conformance::check(&SqliteStore::new(&database, "")).await;
}

#[tokio::test]
async fn spaces_do_not_see_each_other() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let stores = ["a", "b", "ab"].map(|space| SqliteStore::new(&database, space));
    for (store, value) in stores.iter().zip([b"1", b"2", b"3"]) {
        store
            .commit(put(b"b", value), Durability::Relaxed)
            .await
            .unwrap();
    }
    for (store, value) in stores.iter().zip([b"1", b"2", b"3"]) {
        assert_eq!(store.get(b"b").await.unwrap().unwrap(), value);
        assert_eq!(store.scan(b"", None, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_end() {
    for durability in [Durability::Durable, Durability::Relaxed] {
        let (_directory, path) = place();
        let store = SqliteStore::new(&Database::open(&path).unwrap(), "phone");
        for number in 0..100_u8 {
            store
                .commit(put(&[number], &[number; 5_000]), durability)
                .await
                .unwrap();
        }
        drop(store);
        let store = SqliteStore::new(&Database::open(&path).unwrap(), "phone");
        assert_eq!(
            store.scan(b"", None, 1_000).await.unwrap().len(),
            100,
            "{durability:?}"
        );
    }
}

/// Many devices at once, each with its own order: every one reads its own last commit as soon as it is answered.
#[tokio::test]
async fn commits_of_many_devices_join() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let devices = (0..200_u32).map(|device| {
        let store = SqliteStore::new(&database, &device.to_string());
        async move {
            for round in 0..10_u32 {
                let durability = if device % 50 == round {
                    Durability::Durable
                } else {
                    Durability::Relaxed
                };
                let value = (device * 100 + round).to_be_bytes();
                let mut batch = put(b"newest", &value);
                batch.put(round.to_be_bytes().to_vec(), value.to_vec());
                store.commit(batch, durability).await.unwrap();
                assert_eq!(store.get(b"newest").await.unwrap().unwrap(), value);
            }
            assert_eq!(store.scan(b"", None, 100).await.unwrap().len(), 11);
        }
    });
    futures_util::future::join_all(devices).await;
}

/// A caller that goes away leaves a commit on its way. Whoever reads next, through this store or a new one, sees it.
#[tokio::test]
async fn a_commit_whose_caller_went_away_is_seen_by_the_next() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let mut store = SqliteStore::new(&database, "phone");
    for round in 0..50_u8 {
        let mut batch = Batch::default();
        for number in 0..50_u8 {
            batch.put(vec![round, number], vec![7; 3_000]);
        }
        {
            let mut dropped = std::pin::pin!(store.commit(batch, Durability::Durable));
            let _ = futures_util::poll!(&mut dropped);
        }
        if round % 2 == 0 {
            store = SqliteStore::new(&database, "phone");
        }
        let rows = store.scan(&[round], None, 100).await.unwrap();
        assert_eq!(rows.len(), 50, "round {round}");
    }
}

#[tokio::test]
async fn a_failed_commit_stops_the_store() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let (store, other) = (
        SqliteStore::new(&database, "a"),
        SqliteStore::new(&database, "b"),
    );
    store
        .commit(put(b"before", b""), Durability::Durable)
        .await
        .unwrap();
    // The table goes away under the writer, as a disk would.
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE record")
        .unwrap();
    assert!(
        store
            .commit(put(b"a", b""), Durability::Relaxed)
            .await
            .is_err()
    );
    assert!(
        other
            .commit(put(b"b", b""), Durability::Relaxed)
            .await
            .is_err()
    );
}

/// What is committed to a database that is only read lies over what is there, and stays nowhere.
#[tokio::test]
async fn a_database_that_is_only_read_passes_the_suite_and_changes_nothing() {
    let (directory, path) = place();
    let database = Database::open(&path).unwrap();
    let store = SqliteStore::new(&database, "phone");
    for name in [b"a", b"b", b"c"] {
        store
            .commit(put(name, b"kept"), Durability::Durable)
            .await
            .unwrap();
    }
    // Beside the one that writes.
    let read = Database::open_to_read(&path).unwrap();
    conformance::check(&SqliteStore::new(&read, "tablet")).await;
    let overlaid = SqliteStore::new(&read, "phone");
    let mut batch = put(b"b", b"changed");
    batch.put(b"d".to_vec(), b"new".to_vec());
    batch.delete(b"c".to_vec());
    overlaid.commit(batch, Durability::Durable).await.unwrap();
    let rows = overlaid.scan(b"", None, 10).await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, value)| (name.as_slice(), value.as_slice()))
        .collect();
    assert_eq!(
        rows,
        [
            (&b"a"[..], &b"kept"[..]),
            (b"b", b"changed"),
            (b"d", b"new")
        ]
    );
    assert_eq!(overlaid.get(b"c").await.unwrap(), None);
    drop((overlaid, read, store, database));

    let again = Database::open_to_read(&path).unwrap();
    let store = SqliteStore::new(&again, "phone");
    assert_eq!(store.get(b"b").await.unwrap().unwrap(), b"kept");
    assert_eq!(store.scan(b"", None, 10).await.unwrap().len(), 3);
    let tablet = SqliteStore::new(&again, "tablet");
    assert!(tablet.scan(b"", None, 10).await.unwrap().is_empty());
    let missing = Database::open_to_read(&directory.path().join("missing"));
    assert!(missing.is_err() && !directory.path().join("missing").exists());
}
