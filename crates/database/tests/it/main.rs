//! The guarantees that services rely on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod audit_chain;
mod commits;
mod copying;
mod durability;
mod migrations;
mod postgres;
mod rows;
mod units;

use database::{Database, DatabaseError, Location, Migration, ServerUrl, Transaction, params};
use tempfile::TempDir;
use testkit::postgres::{PostgresServer, unused_schema};

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "things",
    sql: "CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB);
          CREATE TABLE part (thing INTEGER NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);",
    postgres: Some(
        "CREATE TABLE thing (id BIGINT PRIMARY KEY, text TEXT, bytes BYTEA);
         CREATE TABLE part (thing BIGINT NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);",
    ),
}];

/// The location of an unused database; on SQLite valid while the directory exists.
struct Unused {
    location: Location,
    _directory: TempDir,
}

impl Unused {
    fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            location: directory.path().join("it.sqlite").into(),
            _directory: directory,
        }
    }

    fn on_postgres(server: &PostgresServer) -> Self {
        let url: ServerUrl = server.url().parse().unwrap();
        Self {
            location: Location::schema(&url, &unused_schema()),
            _directory: tempfile::tempdir().unwrap(),
        }
    }

    fn open(&self) -> Database {
        Database::open(&self.location, MIGRATIONS).unwrap()
    }
}

/// One database on each engine.
fn on_each() -> [Unused; 2] {
    let server = PostgresServer::shared();
    [Unused::on_sqlite(), Unused::on_postgres(server)]
}

/// On SQLite.
fn open() -> (Database, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path().join("it.sqlite"), MIGRATIONS).unwrap();
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
