//! The schema's history: append-only, applied in one transaction when a database opens.
//!
//! These few lines suffice; refinery would add a second way to open connections.

use crate::DatabaseError;
use rusqlite::Connection;
use std::sync::Arc;
use types::Hash;

/// One step of the schema. Its SQL never changes once released: the database stores its hash.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Numbered from 1 without gaps.
    pub version: u32,
    /// A description for people.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
    /// The statements for PostgreSQL, if `sql` does not work there.
    pub postgres: Option<&'static str>,
}

/// A migration that a database has: its version, and the hash of its statements.
pub(crate) type Applied = (u32, Vec<u8>);

impl Migration {
    pub(crate) fn sqlite_sql(&self) -> &'static str {
        self.sql
    }

    pub(crate) fn postgres_sql(&self) -> &'static str {
        self.postgres.unwrap_or(self.sql)
    }

    /// The hash of its statements in a dialect.
    pub(crate) fn hash(&self, sql: impl Fn(&Self) -> &'static str) -> Vec<u8> {
        Hash::of(sql(self).as_bytes()).as_bytes().to_vec()
    }
}

/// The migrations that a database lacks. Refuses a database with a different history.
pub(crate) fn missing<'m>(
    migrations: &'m [Migration],
    applied: &[Applied],
    sql: impl Fn(&Migration) -> &'static str,
) -> Result<&'m [Migration], DatabaseError> {
    for (version, migration) in (1..).zip(migrations) {
        if migration.version != version {
            return Err(DatabaseError::MigrationOutOfOrder {
                version: migration.version,
            });
        }
    }
    for (version, hash) in applied {
        let known = migrations.iter().find(|known| known.version == *version);
        if known.is_none_or(|known| *hash != known.hash(&sql)) {
            return Err(DatabaseError::MigrationDiffers { version: *version });
        }
    }
    Ok(migrations.get(applied.len()..).unwrap_or_default())
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration
    (version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL)";

/// Applies the missing migrations, all or nothing.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), DatabaseError> {
    let failed = |migration: Option<&Migration>| {
        let (version, name) = migration.map_or((0, "history"), |m| (m.version, m.name));
        move |cause| DatabaseError::Migration {
            version,
            name,
            cause: Arc::new(cause),
        }
    };
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed(None))?;
    transaction.execute_batch(TABLE).map_err(failed(None))?;
    let applied: Vec<Applied> = transaction
        .prepare("SELECT version, sha256 FROM migration ORDER BY version")
        .and_then(|mut select| {
            select
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .map_err(failed(None))?;
    for migration in missing(migrations, &applied, Migration::sqlite_sql)? {
        transaction
            .execute_batch(migration.sql)
            .and_then(|()| {
                transaction.execute(
                    "INSERT INTO migration (version, name, sha256) VALUES ($1, $2, $3)",
                    rusqlite::params![
                        migration.version,
                        migration.name,
                        migration.hash(Migration::sqlite_sql)
                    ],
                )
            })
            .map_err(failed(Some(migration)))?;
    }
    transaction.commit().map_err(failed(None))
}
