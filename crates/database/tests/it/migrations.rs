//! The schema grows by appending, and a file of another history is refused.

use database::{Database, DatabaseError, Migration};

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    sql: "CREATE TABLE one (a INTEGER);",
};
const SECOND: Migration = Migration {
    version: 2,
    name: "second",
    sql: "ALTER TABLE one ADD COLUMN b INTEGER;",
};

#[tokio::test]
async fn history_only_grows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("it.sqlite");
    let open = |migrations: &[Migration]| Database::open(&path, migrations).map(drop);
    open(&[FIRST]).unwrap();
    open(&[FIRST, SECOND]).unwrap();
    open(&[FIRST, SECOND]).unwrap();
    assert!(
        matches!(
            open(&[FIRST]),
            Err(DatabaseError::MigrationDiffers { version: 2 })
        ),
        "a newer file"
    );
    let edited = Migration {
        sql: "CREATE TABLE one (a TEXT);",
        ..FIRST
    };
    assert!(matches!(
        open(&[edited, SECOND]),
        Err(DatabaseError::MigrationDiffers { version: 1 })
    ));
    assert!(matches!(
        open(&[SECOND, FIRST]),
        Err(DatabaseError::MigrationOutOfOrder { version: 2 })
    ));
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("it.sqlite");
    let broken = Migration {
        sql: "CREATE TABLE two (a INTEGER); CREATE TABLE one (a INTEGER);",
        ..SECOND
    };
    let failed = Database::open(&path, &[FIRST, broken]);
    assert!(matches!(
        failed,
        Err(DatabaseError::Migration { version: 2, .. })
    ));
    Database::open(&path, &[FIRST, SECOND]).unwrap();
}
