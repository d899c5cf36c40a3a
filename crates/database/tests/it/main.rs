//! What a service relies on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod audit_chain;
mod copying;
mod durability;
mod migrations;
mod rows;
mod units;

use database::{Database, DatabaseError, Migration, Transaction, params};
use tempfile::TempDir;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "things",
    sql: "CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB);
          CREATE TABLE part (thing INTEGER NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);",
}];

fn open() -> (Database, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(&directory.path().join("it.sqlite"), MIGRATIONS).unwrap();
    (database, directory)
}

async fn insert(tx: &mut Transaction<'_>, id: i64) -> Result<(), DatabaseError> {
    tx.execute("INSERT INTO thing (id) VALUES ($1)", params![id])
        .await
        .map(drop)
}

async fn count(database: &Database) -> i64 {
    database
        .read(
            async |tx: &mut Transaction<'_>| -> Result<i64, DatabaseError> {
                tx.query_one("SELECT count(*) FROM thing", params![])
                    .await?
                    .get(0)
            },
        )
        .await
        .unwrap()
}
