//! A copy made while the database is written is one committed state, and an independent database.

use database::{Database, DatabaseError, Migration, Transaction, copy, params};
use std::path::Path;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "pairs",
    sql: "CREATE TABLE one (n INTEGER PRIMARY KEY, filler BLOB); CREATE TABLE other (n INTEGER PRIMARY KEY);",
    postgres: None,
}];

async fn put(database: &Database, n: i64) {
    let filler = vec![7_u8; 4_000];
    database
        .write(
            async move |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                tx.execute(
                    "INSERT INTO one (n, filler) VALUES ($1, $2)",
                    params![n, &filler],
                )
                .await?;
                tx.execute("INSERT INTO other (n) VALUES ($1)", params![n])
                    .await?;
                Ok(())
            },
        )
        .await
        .unwrap();
}

async fn counts(path: &Path) -> [i64; 2] {
    let database = Database::open(path, MIGRATIONS).unwrap();
    let read = database
        .read(
            async move |tx: &mut Transaction<'_>| -> Result<[i64; 2], DatabaseError> {
                let one = tx
                    .query_one("SELECT COUNT(*) FROM one", &[])
                    .await?
                    .get(0)?;
                let other = tx
                    .query_one("SELECT COUNT(*) FROM other", &[])
                    .await?
                    .get(0)?;
                Ok([one, other])
            },
        )
        .await;
    database.close().await;
    read.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_one_state_while_units_of_work_run() {
    let directory = tempfile::tempdir().unwrap();
    let from = directory.path().join("from.sqlite");
    let database = Database::open(&from, MIGRATIONS).unwrap();
    for n in 0..10 {
        put(&database, n).await;
    }
    let writing = tokio::spawn({
        let database = database.clone();
        async move {
            // Long enough for checkpoints during the copies.
            for n in 10..5_000 {
                put(&database, n).await;
            }
        }
    });
    let mut copies = Vec::new();
    while !writing.is_finished() || copies.is_empty() {
        let to = directory.path().join(format!("{}.sqlite", copies.len()));
        let (source, target) = (from.clone(), to.clone());
        let copied = tokio::task::spawn_blocking(move || copy(&source, &target));
        copied.await.unwrap().unwrap();
        copies.push(to);
    }
    writing.await.unwrap();
    for copied in copies {
        let [one, other] = counts(&copied).await;
        assert!(one >= 10 && one == other, "{one} {other}");
    }
    let to = directory.path().join("last.sqlite");
    copy(&from, &to).unwrap();
    assert!(
        copy(&from, &to).is_err(),
        "an older copy is not written over"
    );
    assert_eq!(counts(&to).await, [5_000, 5_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_and_end_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path().join("load.sqlite"), MIGRATIONS).unwrap();
    let load = database.load();
    assert_eq!(
        (load.writes_waiting, load.reads_waiting, load.stopped),
        (0, 0, false)
    );
    let panicked = database
        .read(
            async move |_: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                panic!("a reader that panics is gone")
            },
        )
        .await;
    assert!(panicked.is_err());
    database.stopped().await;
    assert!(database.load().stopped);
}
