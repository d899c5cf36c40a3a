//! Lost connections, server crashes, processes that write at the same time.

use crate::{Unused, count, insert, on_each};
use database::{Database, DatabaseError, Location, ServerUrl, Transaction, UrlError, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::postgres::{PostgresServer, unused_schema};

/// Ends its own connection, as a server does at shutdown.
const END_CONNECTION: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

fn unused() -> Unused {
    Unused::on_postgres(PostgresServer::shared())
}

#[tokio::test]
async fn a_unit_whose_connection_is_lost_runs_again() {
    let unused = unused();
    let database = unused.open();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    database
        .write(async move |tx: &mut Transaction<'_>| {
            insert(tx, 1).await?;
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                tx.query(END_CONNECTION, &[]).await?;
            }
            insert(tx, 2).await
        })
        .await
        .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(count(&database).await, 2);

    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let read: i64 = database
        .read(
            async move |tx: &mut Transaction<'_>| -> Result<i64, DatabaseError> {
                if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                    tx.query(END_CONNECTION, &[]).await?;
                }
                tx.query_one("SELECT count(*) FROM thing", &[])
                    .await?
                    .get(0)
            },
        )
        .await
        .unwrap();
    assert_eq!((read, runs.load(Ordering::SeqCst)), (2, 2));
}

/// Increments a number that was read before. Without isolation, concurrent increments would be lost.
async fn increment(database: &Database) -> Result<(), DatabaseError> {
    database
        .write(async |tx: &mut Transaction<'_>| {
            let row = tx
                .query_one("SELECT text FROM thing WHERE id = 1", &[])
                .await?;
            let number: u64 = row.get::<String>(0)?.parse().unwrap();
            let next = (number + 1).to_string();
            tx.execute("UPDATE thing SET text = $1 WHERE id = 1", params![next])
                .await
                .map(drop)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_change_the_same_row_at_the_same_time_lose_nothing() {
    let unused = unused();
    let first = unused.open();
    first
        .write(async |tx: &mut Transaction<'_>| {
            tx.execute("INSERT INTO thing (id, text) VALUES (1, '0')", &[])
                .await
                .map(drop)
        })
        .await
        .unwrap();
    let processes = [first.clone(), unused.open(), unused.open()];
    let tasks = processes.map(|database| {
        tokio::spawn(async move {
            for _ in 0..40 {
                increment(&database).await?;
            }
            Ok::<(), DatabaseError>(())
        })
    });
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let number: String = first
        .read(async |tx: &mut Transaction<'_>| {
            tx.query_one("SELECT text FROM thing WHERE id = 1", &[])
                .await?
                .get(0)
        })
        .await
        .unwrap_or_else(|error: DatabaseError| panic!("{error}"));
    assert_eq!(number, "120");
}

/// Two units read the same rows and write different ones. Each alone would leave one row; both together must not leave
/// two.
#[tokio::test]
async fn a_unit_that_read_rows_changed_by_another_process_runs_again() {
    let unused = unused();
    let (one, other) = (unused.open(), unused.open());
    let (looked, look) = std::sync::mpsc::channel();
    let (written, write) = std::sync::mpsc::channel::<()>();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let deciding = tokio::spawn(async move {
        one.write(async move |tx: &mut Transaction<'_>| {
            let rows: i64 = tx
                .query_one("SELECT count(*) FROM thing", &[])
                .await?
                .get(0)?;
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                looked.send(()).unwrap();
                write.recv().unwrap();
            }
            if rows == 0 {
                insert(tx, 1).await
            } else {
                Ok(())
            }
        })
        .await
    });
    tokio::task::spawn_blocking(move || look.recv().unwrap())
        .await
        .unwrap();
    other
        .write(async |tx: &mut Transaction<'_>| {
            let rows: i64 = tx
                .query_one("SELECT count(*) FROM thing", &[])
                .await?
                .get(0)?;
            if rows == 0 {
                insert(tx, 2).await
            } else {
                Ok(())
            }
        })
        .await
        .unwrap_or_else(|error: DatabaseError| panic!("{error}"));
    written.send(()).unwrap();
    deciding
        .await
        .unwrap()
        .unwrap_or_else(|error: DatabaseError| panic!("{error}"));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(count(&other).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn units_wait_while_the_server_crashes_and_starts_again() {
    let server = Arc::new(PostgresServer::start());
    let unused = Unused::on_postgres(&server);
    let database = unused.open();
    let writing = tokio::spawn({
        let database = database.clone();
        async move {
            for id in 0..300 {
                database
                    .write(async move |tx: &mut Transaction<'_>| insert(tx, id).await)
                    .await?;
            }
            Ok::<(), DatabaseError>(())
        }
    });
    let crashes = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            server.crash();
            server.start_again();
        }
        server
    });
    writing.await.unwrap().unwrap();
    let _server = crashes.await.unwrap();
    assert_eq!(count(&database).await, 300);
}

#[test]
fn a_password_is_never_shown() {
    let url: ServerUrl = "postgres://ann:hush@localhost/bank".parse().unwrap();
    let location = Location::schema(&url, &unused_schema());
    for shown in [format!("{url:?} {url}"), format!("{location:?} {location}")] {
        assert!(!shown.contains("hush") && !shown.contains("ann"), "{shown}");
        assert!(
            shown.contains("localhost") && shown.contains("bank"),
            "{shown}"
        );
    }
    let refused = |url: &str| url.parse::<ServerUrl>().map(drop).unwrap_err();
    assert_eq!(
        refused("mysql://ann:hush@localhost/bank"),
        UrlError::Malformed
    );
    assert_eq!(
        refused("postgres://ann:hush@localhost/bank?what=1"),
        UrlError::Malformed
    );
    assert_eq!(refused("postgres:///bank"), UrlError::NoHost);
    assert_eq!(
        refused("postgres://ann:hush@db.example/bank"),
        UrlError::InTheClear
    );
    let trusted = "postgres://ann:hush@db.example/bank?sslmode=disable";
    assert!(trusted.parse::<ServerUrl>().is_ok());
}

#[tokio::test]
async fn a_statement_of_the_writer_that_no_index_helps_is_not_compiled() {
    let database = unused().open();
    let explain = async |tx: &mut Transaction<'_>| {
        insert(tx, 1).await?;
        tx.query("EXPLAIN ANALYZE UPDATE thing SET text = 'next'", &[])
            .await
    };
    let plan = database.write(explain).await.unwrap();
    let lines: Vec<String> = plan.iter().map(|row| row.get(0).unwrap()).collect();
    assert!(lines.iter().any(|line| line.contains("Seq Scan")));
    assert!(!lines.iter().any(|line| line == "JIT:"), "{lines:?}");
    database.close().await;
}

#[tokio::test]
async fn a_schema_keeps_its_identity() {
    let unused = unused();
    let location = &unused.location;
    assert!(!database::exists(location).unwrap() && !database::is_used(location).unwrap());
    assert_eq!(database::identity(location).unwrap(), None);
    let database = unused.open();
    assert!(database::exists(location).unwrap() && database::is_used(location).unwrap());
    assert_eq!(database::identity(location).unwrap(), None);
    let identity = database::Identity {
        deployment: [7; 16],
        part: "it".into(),
    };
    database::identify(location, &identity).unwrap();
    assert_eq!(database::identity(location).unwrap(), Some(identity));
    database::check(location).unwrap();
    database.close().await;
    database::check(location).unwrap();
}

#[tokio::test]
async fn a_database_with_more_rows_takes_more_bytes() {
    for unused in on_each() {
        let (database, location) = (unused.open(), &unused.location);
        let empty = database::size(location).unwrap();
        for n in 0..1_000 {
            database
                .write(async move |tx: &mut Transaction<'_>| insert(tx, n).await)
                .await
                .unwrap();
        }
        let full = database::size(location).unwrap();
        assert!(empty > 0 && full >= empty + 4_096, "{empty} {full}");
        database.close().await;
    }
}

#[tokio::test]
async fn a_database_that_was_removed_is_gone() {
    for unused in on_each() {
        let (database, location) = (unused.open(), &unused.location);
        database
            .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await
            .unwrap();
        database.close().await;
        database::remove(location).unwrap();
        assert!(!database::exists(location).unwrap());
        assert_eq!(count(&unused.open()).await, 0);
    }
}
