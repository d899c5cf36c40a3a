//! The store in SQLite: the suite, spaces, groups, and the state after its end.

use client::store::{Batch, Durability, Revision, Store as _, StoreError, conformance};
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

/// Makes a commit that follows the newest revision.
async fn commit(
    store: &SqliteStore,
    batch: Batch,
    durability: Durability,
) -> Result<(), StoreError> {
    let newest = store.revision().await?;
    let step = (newest, newest.next([1; 8]));
    store.commit(step, batch, durability).await
}

#[tokio::test]
async fn it_passes_the_suites() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    for space in ["phone", "tablet", ""] {
        let store = SqliteStore::new(&database, space);
        conformance::check(&store).await;
        let other = SqliteStore::new(&database, space);
        conformance::check_owners(&store, &other).await;
        conformance::check_owners(&store, &store.clone()).await;
    }
    drop(database);
    let reopen = async |store| {
        drop(store);
        SqliteStore::new(&Database::open(&path).unwrap(), "again")
    };
    let store = SqliteStore::new(&Database::open(&path).unwrap(), "again");
    conformance::check_reopening(store, reopen).await;

    let store = SqliteStore::new(&Database::open(&path).unwrap(), "failing");
    let lock = std::cell::RefCell::new(None);
    // Another process writes and does not finish.
    let fail = |_: &SqliteStore| {
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        lock.replace(Some(other));
    };
    let reopen = async |store| {
        drop(store);
        lock.take();
        SqliteStore::new(&Database::open(&path).unwrap(), "failing")
    };
    conformance::check_failing(store, fail, reopen).await;
}

/// A store of an earlier version has no revision. The first commit creates it, and the earlier version can still read
/// the store.
#[tokio::test]
async fn a_store_of_an_earlier_version_opens() {
    let (_directory, path) = place();
    drop(Database::open(&path).unwrap());
    let earlier = rusqlite::Connection::open(&path).unwrap();
    earlier
        .execute("INSERT INTO record VALUES ('phone', x'01', x'02')", [])
        .unwrap();
    let version = |of: &rusqlite::Connection| -> i64 {
        of.query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    };
    let before = version(&earlier);
    drop(earlier);
    let store = SqliteStore::new(&Database::open(&path).unwrap(), "phone");
    assert_eq!(store.revision().await.unwrap(), Revision::START);
    assert_eq!(store.get(&[1]).await.unwrap(), Some(vec![2]));
    commit(&store, put(&[1], &[3]), Durability::Durable)
        .await
        .unwrap();
    assert_eq!(
        store.scan(b"", None, 9).await.unwrap().len(),
        1,
        "the revision is not a record of the device"
    );
    drop(store);
    let earlier = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(
        version(&earlier),
        before,
        "an earlier version still opens it"
    );
}

#[tokio::test]
async fn open_when_free_waits_for_the_other_process() {
    let (_directory, path) = place();
    let app = Database::open(&path).unwrap();
    // The wait may be dropped.
    {
        let waiting = std::pin::pin!(Database::open_when_free(&path));
        assert!(futures_util::poll!(waiting).is_pending());
    }
    let waiting = tokio::spawn({
        let path = path.clone();
        async move { Database::open_when_free(&path).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(app);
    // The waiting call has the lock until it releases it. The dropped call does not keep it.
    let receiver = waiting.await.unwrap().unwrap();
    assert!(matches!(
        Database::open(&path),
        Err(client_native::DatabaseError::InUse)
    ));
    drop(receiver);
    Database::open_when_free(&path).await.unwrap();
}

#[tokio::test]
async fn spaces_do_not_see_each_other() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let stores = ["a", "b", "ab"].map(|space| SqliteStore::new(&database, space));
    for (store, value) in stores.iter().zip([b"1", b"2", b"3"]) {
        commit(store, put(b"b", value), Durability::Relaxed)
            .await
            .unwrap();
    }
    for (store, value) in stores.iter().zip([b"1", b"2", b"3"]) {
        assert_eq!(store.get(b"b").await.unwrap().unwrap(), value);
        assert_eq!(store.scan(b"", None, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn acknowledged_commits_survive_the_end() {
    for durability in [Durability::Durable, Durability::Relaxed] {
        let (_directory, path) = place();
        let store = SqliteStore::new(&Database::open(&path).unwrap(), "phone");
        for number in 0..100_u8 {
            commit(&store, put(&[number], &[number; 5_000]), durability)
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

/// Many devices at once, each with its own order. Each reads its own last commit as soon as it is acknowledged.
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
                commit(&store, batch, durability).await.unwrap();
                assert_eq!(store.get(b"newest").await.unwrap().unwrap(), value);
            }
            assert_eq!(store.scan(b"", None, 100).await.unwrap().len(), 11);
        }
    });
    futures_util::future::join_all(devices).await;
}

/// A dropped call leaves a commit under way. The next reader, through this store or a new one, sees the commit.
#[tokio::test]
async fn a_commit_of_a_dropped_call_is_seen_by_the_next_reader() {
    let (_directory, path) = place();
    let database = Database::open(&path).unwrap();
    let mut store = SqliteStore::new(&database, "phone");
    for round in 0..50_u8 {
        let mut batch = Batch::default();
        for number in 0..50_u8 {
            batch.put(vec![round, number], vec![7; 3_000]);
        }
        let newest = store.revision().await.unwrap();
        let step = (newest, newest.next([1; 8]));
        {
            let mut dropped = std::pin::pin!(store.commit(step, batch, Durability::Durable));
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
    commit(&store, put(b"before", b""), Durability::Durable)
        .await
        .unwrap();
    let newest = store.revision().await.unwrap();
    let next = newest.next([1; 8]);
    // The table disappears under the writer, as a failing disk would make it.
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE record")
        .unwrap();
    for (store, step) in [(store, (newest, next)), (other, (Revision::START, next))] {
        let failed = store
            .commit(step, put(b"a", b""), Durability::Relaxed)
            .await;
        assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
    }
}

/// Commits to a read-only database overlay its content and are stored nowhere.
#[tokio::test]
async fn a_read_only_database_passes_the_suite_and_changes_nothing() {
    let (directory, path) = place();
    let database = Database::open(&path).unwrap();
    let store = SqliteStore::new(&database, "phone");
    for name in [b"a", b"b", b"c"] {
        commit(&store, put(name, b"kept"), Durability::Durable)
            .await
            .unwrap();
    }
    // Beside the database that writes.
    let read = Database::open_to_read(&path).unwrap();
    conformance::check(&SqliteStore::new(&read, "tablet")).await;
    let overlaid = SqliteStore::new(&read, "phone");
    let mut batch = put(b"b", b"changed");
    batch.put(b"d".to_vec(), b"new".to_vec());
    batch.delete(b"c".to_vec());
    commit(&overlaid, batch, Durability::Durable).await.unwrap();
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
