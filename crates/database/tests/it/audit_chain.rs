//! Actions are recorded with their changes, and the chain in a file is verified as a whole.

use crate::on_each;
use audit::{Act, AuditHead, Broken, BrokenReason};
use database::audit_chain::{AuditError, record, verify};
use database::{Database, DatabaseError, Migration, Transaction};
use std::path::PathBuf;
use tempfile::TempDir;
use types::Time;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "audit",
    sql: audit::SCHEMA,
    postgres: Some(audit::SCHEMA_POSTGRES),
}];

fn open() -> (Database, PathBuf, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audited.sqlite");
    (Database::open(&path, MIGRATIONS).unwrap(), path, directory)
}

async fn act(database: &Database, action: &'static str, fails: bool) -> Result<(), DatabaseError> {
    database
        .write(async move |tx: &mut Transaction<'_>| {
            record(tx, &Act::new(Time::from_ms(1), "somebody", action)).await?;
            if fails {
                Err(DatabaseError::Waited)
            } else {
                Ok(())
            }
        })
        .await
}

#[tokio::test]
async fn records_are_chained_and_an_act_that_was_undone_has_none() {
    for unused in on_each() {
        let location = &unused.location;
        let database = Database::open(location, MIGRATIONS).unwrap();
        assert_eq!(verify(location).unwrap(), AuditHead::START);
        for action in ["one", "two", "three"] {
            act(&database, action, false).await.unwrap();
            act(&database, "undone", true).await.unwrap_err();
        }
        let chained = ["one", "two", "three"]
            .iter()
            .fold(AuditHead::START, |head, action| {
                head.link(&Act::new(Time::from_ms(1), "somebody", action))
                    .head()
            });
        assert_eq!(verify(location).unwrap(), chained);
        database
            .write(async |tx: &mut Transaction<'_>| {
                tx.execute("DELETE FROM audit WHERE number = 2", &[]).await
            })
            .await
            .unwrap();
        let broken = verify(location).unwrap_err();
        assert!(
            matches!(&broken, AuditError::Broken(Broken { number: 2, .. })),
            "{broken}"
        );
    }
}

#[tokio::test]
async fn a_touched_row_is_named() {
    let (database, path, _directory) = open();
    for action in ["one", "two", "three", "four"] {
        act(&database, action, false).await.unwrap();
    }
    let check = |touch: &str, number: u64, reason: &BrokenReason| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch("BEGIN; CREATE TABLE kept AS SELECT * FROM audit")
            .unwrap();
        connection
            .execute_batch(&format!("{touch}; COMMIT"))
            .unwrap();
        match verify(&path).unwrap_err() {
            AuditError::Broken(broken) => {
                assert_eq!((broken.number, &broken.reason), (number, reason), "{touch}");
            }
            other => panic!("{touch}: {other}"),
        }
        connection
            .execute_batch("BEGIN; DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept; COMMIT")
            .unwrap();
        verify(&path).unwrap();
    };
    let missing = BrokenReason::OutOfOrder { found: 3 };
    check("DELETE FROM audit WHERE number = 2", 2, &missing);
    let other = "(SELECT hash FROM audit WHERE number = 1)";
    let kept_under = BrokenReason::KeptUnderAnother;
    check(
        &format!("UPDATE audit SET hash = {other} WHERE number = 3"),
        3,
        &kept_under,
    );
    check(
        "UPDATE audit SET number = 9 WHERE number = 4",
        4,
        &kept_under,
    );
    check(
        "UPDATE audit SET hash = x'00' WHERE number = 4",
        4,
        &kept_under,
    );
    let repeated = BrokenReason::OutOfOrder { found: 1 };
    let first = "(SELECT record FROM audit WHERE number = 1)";
    check(
        &format!("UPDATE audit SET record = {first} WHERE number = 2"),
        2,
        &repeated,
    );
}

#[test]
fn a_file_without_a_chain_fails_verification() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none.sqlite");
    assert!(matches!(verify(&path), Err(AuditError::Unreadable(_))));
    Database::open(&path, &[]).unwrap();
    assert!(matches!(verify(&path), Err(AuditError::Unreadable(_))));
}
