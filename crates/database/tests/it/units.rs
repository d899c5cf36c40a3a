//! Units of work: committed completely or not at all, each independently, several in one commit.

use crate::{count, insert, on_each};
use database::{DatabaseError, Transaction, params};
use std::time::Duration;

#[tokio::test]
async fn a_unit_that_fails_leaves_nothing_and_touches_no_other() {
    for unused in on_each() {
        let database = unused.open();
        let units = (0..200_i64).map(|id| {
            let database = database.clone();
            tokio::spawn(async move {
                database
                    .write(async move |tx: &mut Transaction<'_>| {
                        insert(tx, id).await?;
                        insert(tx, 1_000 + id).await?;
                        if id % 3 == 0 {
                            // The same key a second time: this unit's own fault.
                            insert(tx, id).await?;
                        }
                        Ok::<(), DatabaseError>(())
                    })
                    .await
            })
        });
        let mut kept = 0;
        for (id, unit) in (0_i64..).zip(units.collect::<Vec<_>>()) {
            match unit.await.unwrap() {
                Ok(()) => kept += 1,
                Err(error) => {
                    assert_eq!(id % 3, 0);
                    assert!(matches!(error, DatabaseError::Constraint { .. }), "{error}");
                }
            }
        }
        assert_eq!(kept, 133);
        assert_eq!(count(&database).await, 2 * kept);
    }
}

#[tokio::test]
async fn a_unit_with_a_failed_statement_leaves_nothing_whatever_it_returns() {
    for unused in on_each() {
        let database = unused.open();
        let ignoring = database
            .write(
                async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    insert(tx, 1).await?;
                    let _ignored = insert(tx, 1).await;
                    let _refused_too = insert(tx, 2).await;
                    Ok(())
                },
            )
            .await;
        assert!(
            matches!(
                ignoring,
                Err(DatabaseError::Constraint { repeated: true, .. })
            ),
            "{ignoring:?}"
        );
        assert_eq!(count(&database).await, 0);
    }
}

#[tokio::test]
async fn a_failed_commit_fails_its_whole_group_and_the_next_group_continues() {
    for unused in on_each() {
        let database = unused.open();
        let lost = database
            .write(
                async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    insert(tx, 1).await?;
                    tx.execute("INSERT INTO part (thing) VALUES ($1)", params![77])
                        .await?;
                    Ok(())
                },
            )
            .await;
        assert!(
            matches!(lost, Err(DatabaseError::Commit { .. })),
            "{lost:?}"
        );
        assert_eq!(count(&database).await, 0);
        let kept = database
            .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await;
        assert!(kept.is_ok());
        assert_eq!(count(&database).await, 1);
    }
}

#[tokio::test]
async fn a_unit_that_awaits_something_else_is_refused() {
    for unused in on_each() {
        let database = unused.open();
        let waited = database
            .write(
                async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    insert(tx, 1).await?;
                    std::future::pending::<()>().await;
                    Ok(())
                },
            )
            .await;
        assert!(matches!(waited, Err(DatabaseError::Waited)), "{waited:?}");
        assert_eq!(count(&database).await, 0);
    }
}

#[tokio::test]
async fn a_panic_in_a_unit_stops_the_database() {
    for unused in on_each() {
        let database = unused.open();
        let result = database
            .write(
                async |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    insert(tx, 1).await?;
                    panic!("as a fault of the program would");
                },
            )
            .await;
        assert!(matches!(result, Err(DatabaseError::Stopped)), "{result:?}");
        database.stopped().await;
        let after = database
            .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await;
        assert!(matches!(after, Err(DatabaseError::Stopped)), "{after:?}");
        assert_eq!(count(&database).await, 0);
    }
}

#[tokio::test]
async fn a_panic_in_a_unit_that_reads_stops_the_database_too() {
    for unused in on_each() {
        let database = unused.open();
        let panicked = database
            .read(
                async |_: &mut Transaction<'_>| -> Result<(), DatabaseError> {
                    panic!("as a fault of the program would");
                },
            )
            .await;
        assert!(
            matches!(panicked, Err(DatabaseError::Stopped)),
            "{panicked:?}"
        );
        let stopped = tokio::time::timeout(Duration::from_secs(60), database.stopped());
        stopped.await.expect("the end of a reader was not reported");
        let after = database
            .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await;
        assert!(matches!(after, Err(DatabaseError::Stopped)), "{after:?}");
        let after = database
            .read(async |_: &mut Transaction<'_>| Ok::<_, DatabaseError>(()))
            .await;
        assert!(matches!(after, Err(DatabaseError::Stopped)), "{after:?}");
    }
}

#[tokio::test]
async fn a_reader_sees_one_state_and_writes_nothing() {
    for unused in on_each() {
        let database = unused.open();
        let refused = database
            .read(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await;
        assert!(refused.is_err());
        let writer = database.clone();
        // The write is acknowledged between the two reads of one reader.
        let (looked, look) = std::sync::mpsc::channel();
        let (written, write) = std::sync::mpsc::channel();
        let reader = tokio::spawn({
            let database = database.clone();
            async move {
                database
                    .read(async move |tx: &mut Transaction<'_>| {
                        let count = "SELECT count(*) FROM thing";
                        let before: i64 = tx.query_one(count, params![]).await?.get(0)?;
                        looked.send(()).unwrap();
                        write.recv().unwrap();
                        let after: i64 = tx.query_one(count, params![]).await?.get(0)?;
                        Ok::<_, DatabaseError>((before, after))
                    })
                    .await
            }
        });
        tokio::task::spawn_blocking(move || look.recv().unwrap())
            .await
            .unwrap();
        writer
            .write(async |tx: &mut Transaction<'_>| insert(tx, 1).await)
            .await
            .unwrap();
        written.send(()).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), (0, 0));
        assert_eq!(count(&database).await, 1);
    }
}
