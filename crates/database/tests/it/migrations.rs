//! The schema grows by appending, and a file with another history is refused.

use crate::on_each;
use database::{Database, DatabaseError, Migration};

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    sql: "CREATE TABLE one (a INTEGER);",
    postgres: None,
};
const SECOND: Migration = Migration {
    version: 2,
    name: "second",
    sql: "ALTER TABLE one ADD COLUMN b INTEGER;",
    postgres: None,
};

#[tokio::test]
async fn history_only_grows() {
    for unused in on_each() {
        let location = &unused.location;
        let open = |migrations: &[Migration]| Database::open(location, migrations).map(drop);
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
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing() {
    for unused in on_each() {
        let location = &unused.location;
        let broken = Migration {
            sql: "CREATE TABLE two (a INTEGER); CREATE TABLE one (a INTEGER);",
            ..SECOND
        };
        let failed = Database::open(location, &[FIRST, broken]);
        assert!(matches!(
            failed,
            Err(DatabaseError::Migration { version: 2, .. })
        ));
        Database::open(location, &[FIRST, SECOND]).unwrap();
    }
}
