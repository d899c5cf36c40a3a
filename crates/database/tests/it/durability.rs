//! Acknowledged commits are in the file, and a bad disk stops the writer.

use crate::{MIGRATIONS, count, insert, open};
use database::{Database, DatabaseError, Transaction, params};
use std::time::Duration;

#[tokio::test]
async fn sqlite_has_the_fix_for_lost_commits() {
    let (database, _directory) = open();
    let version: String = database
        .read(
            async |tx: &mut Transaction<'_>| -> Result<String, DatabaseError> {
                tx.query_one("SELECT sqlite_version()", params![])
                    .await?
                    .get(0)
            },
        )
        .await
        .unwrap();
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(
        parts >= vec![3, 51, 3],
        "SQLite {version} can lose committed writes"
    );
}

#[tokio::test]
async fn acknowledged_units_are_in_a_copy_of_the_files() {
    let (database, directory) = open();
    for id in 0..50 {
        database
            .write(async move |tx: &mut Transaction<'_>| insert(tx, id).await)
            .await
            .unwrap();
    }
    // The files as a killed process leaves them, without a last checkpoint.
    let copy = tempfile::tempdir().unwrap();
    for file in ["it.sqlite", "it.sqlite-wal"] {
        std::fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
    }
    let recovered = Database::open(copy.path().join("it.sqlite"), MIGRATIONS).unwrap();
    assert_eq!(count(&recovered).await, 50);
}

#[tokio::test]
async fn the_log_of_an_earlier_run_is_in_the_file_once_it_is_open() {
    let (database, directory) = open();
    database
        .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
        .await
        .unwrap();
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("it.sqlite");
    for file in ["it.sqlite", "it.sqlite-wal"] {
        std::fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
    }
    let _open = Database::open(&path, MIGRATIONS).unwrap();
    let without_log = copy.path().join("without-log.sqlite");
    std::fs::copy(&path, &without_log).unwrap();
    // As another program reads it, without a check whether the file is complete.
    let rows: i64 = rusqlite::Connection::open(&without_log)
        .unwrap()
        .query_row("SELECT count(*) FROM thing", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

/// A database whose schema can be read, and no row.
async fn damaged(directory: &tempfile::TempDir) -> Database {
    let path = directory.path().join("it.sqlite");
    let database = Database::open(&path, MIGRATIONS).unwrap();
    for id in 0..4 {
        database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    for row in 0..500 {
                        insert(tx, id * 1_000 + row).await?;
                    }
                    Ok(())
                },
            )
            .await
            .unwrap();
    }
    // A copy without a write-ahead log, with noise in everything after the schema's pages.
    let copy = directory.path().join("copy.sqlite");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("VACUUM INTO $1", [copy.to_str().unwrap()])
        .unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let damaged_from = 6 * 4_096;
    assert!(bytes.len() > damaged_from + 4_096);
    bytes[damaged_from..].fill(0xa5);
    std::fs::write(&copy, bytes).unwrap();

    Database::open(&copy, MIGRATIONS).unwrap()
}

#[tokio::test]
async fn a_damaged_file_stops_the_readers() {
    let directory = tempfile::tempdir().unwrap();
    let damaged = damaged(&directory).await;
    let outcome = damaged
        .read(
            async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                // A unit that ignores the damage fails nevertheless.
                let _ignored = tx.query("SELECT sum(id) FROM thing", params![]).await;
                Ok(())
            },
        )
        .await;
    assert!(
        matches!(outcome, Err(DatabaseError::DiskFailed { .. })),
        "{outcome:?}"
    );
    let stopped = tokio::time::timeout(Duration::from_secs(60), damaged.stopped());
    stopped.await.expect("the damage was not reported");
}

#[tokio::test]
async fn a_damaged_file_stops_the_writer() {
    let directory = tempfile::tempdir().unwrap();
    let damaged = damaged(&directory).await;
    let outcome = damaged
        .write(
            async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                // A unit that ignores the damage fails nevertheless.
                let _ignored = tx.query("SELECT sum(id) FROM thing", params![]).await;
                insert(tx, 10_000).await.or(Ok(()))
            },
        )
        .await;
    assert!(
        matches!(outcome, Err(DatabaseError::DiskFailed { .. })),
        "{outcome:?}"
    );
    damaged.stopped().await;
}

/// Units per second with that many concurrent callers: `cargo test -p database --release -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn units_per_second() {
    for callers in [1, 64, 256] {
        let (database, _directory) = open();
        let each = 20_000 / callers;
        let started = std::time::Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let database = database.clone();
                tokio::spawn(async move {
                    for unit in 0..each {
                        database
                            .write(async move |tx: &mut Transaction<'_>| {
                                insert(tx, caller * 1_000_000 + unit).await
                            })
                            .await
                            .unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let rate =
            1_000_000 * u128::from((each * callers).unsigned_abs()) / started.elapsed().as_micros();
        println!("{callers} callers: {rate} units a second");
    }
}

/// The files of a database, without some of them.
fn copy(from: &std::path::Path, names: &[&str]) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in names {
        std::fs::copy(from.join(file), copy.path().join(file)).unwrap();
    }
    copy
}

#[tokio::test]
async fn a_closed_database_is_complete_without_its_log() {
    let (database, directory) = open();
    for id in 0..50 {
        database
            .write(async move |tx: &mut Transaction<'_>| insert(tx, id).await)
            .await
            .unwrap();
    }
    database.close().await;
    let refused = database
        .write(async |tx: &mut Transaction<'_>| insert(tx, 50).await)
        .await;
    assert!(matches!(refused, Err(DatabaseError::Stopped)));
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let copied = copy(directory.path(), &["it.sqlite"]);
    let path = copied.path().join("it.sqlite");
    database::check(&path).unwrap();
    assert_eq!(count(&Database::open(&path, MIGRATIONS).unwrap()).await, 50);
}

#[tokio::test]
async fn a_database_without_clones_is_complete_without_its_log() {
    let (database, directory) = open();
    database
        .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
        .await
        .unwrap();
    drop(database);
    // Its threads end asynchronously; the next process to open the file waits for them.
    let log = directory.path().join("it.sqlite-wal");
    while std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        std::thread::yield_now();
    }
    let copied = copy(directory.path(), &["it.sqlite"]);
    let path = copied.path().join("it.sqlite");
    assert_eq!(count(&Database::open(&path, MIGRATIONS).unwrap()).await, 1);
}

/// At every stage of a file: new, and before and after checkpoints.
#[tokio::test]
async fn a_file_that_lost_its_log_is_refused_by_name() {
    let (database, directory) = open();
    let length = |name: &str| {
        std::fs::metadata(directory.path().join(name))
            .unwrap()
            .len()
    };
    let new = length("it.sqlite");
    for round in 0..8 {
        // The checkpoint after the previous commit is complete when the next unit returns.
        database
            .write(async |_: &mut Transaction<'_>| -> Result<(), DatabaseError> { Ok(()) })
            .await
            .unwrap();
        for emptied in [false, true] {
            let copied = copy(directory.path(), &["it.sqlite"]);
            let path = copied.path().join("it.sqlite");
            if emptied {
                std::fs::write(copied.path().join("it.sqlite-wal"), "").unwrap();
            }
            for refused in [
                Database::open(&path, MIGRATIONS).map(drop),
                database::check(&path),
                database::identity(&path).map(drop),
            ] {
                assert!(
                    matches!(&refused, Err(DatabaseError::LogMissing { path: named, .. }) if *named == path),
                    "round {round}: {refused:?}"
                );
            }
        }
        let copied = copy(directory.path(), &["it.sqlite", "it.sqlite-wal"]);
        let path = copied.path().join("it.sqlite");
        let whole = Database::open(&path, MIGRATIONS).unwrap();
        assert_eq!(count(&whole).await, round);
        // Some 730 pages: a checkpoint every six rounds.
        let insert = "INSERT INTO thing (id, bytes) VALUES ($1, zeroblob(3000000))";
        database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    tx.execute(insert, params![round]).await.map(drop)
                },
            )
            .await
            .unwrap();
    }
    assert!(length("it.sqlite") > new, "there was a checkpoint");
}

/// Another program that makes a checkpoint, as `sqlite3` does at its end, or that copies through the log, leaves a
/// complete file.
#[tokio::test]
async fn a_file_after_a_foreign_checkpoint_or_a_backup_is_complete() {
    let (database, directory) = open();
    database
        .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
        .await
        .unwrap();
    let copied = copy(directory.path(), &["it.sqlite", "it.sqlite-wal"]);
    let path = copied.path().join("it.sqlite");
    let backup = copied.path().join("backup.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute("VACUUM INTO $1", [backup.to_str().unwrap()])
        .unwrap();
    drop(other);
    assert!(!copied.path().join("it.sqlite-wal").exists());
    for path in [path, backup] {
        assert_eq!(count(&Database::open(&path, MIGRATIONS).unwrap()).await, 1);
    }
}

#[tokio::test]
async fn a_database_keeps_its_identity() {
    let (database, directory) = open();
    let path = directory.path().join("it.sqlite");
    assert_eq!(database::identity(&path).unwrap(), None);
    let identity = database::Identity {
        deployment: [7; 16],
        part: "it".into(),
    };
    database::identify(&path, &identity).unwrap();
    assert_eq!(database::identity(&path).unwrap(), Some(identity.clone()));
    database.close().await;
    assert_eq!(database::identity(&path).unwrap(), Some(identity));
    let other = directory.path().join("other.sqlite");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE thing (id INTEGER)")
        .unwrap();
    assert_eq!(database::identity(&other).unwrap(), None);
    assert!(!database::is_used(&other).unwrap() && database::is_used(&path).unwrap());
}
