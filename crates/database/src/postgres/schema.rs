//! A service's schema: created, migrated, checked.

use super::connector::Connector;
use super::failure::failed;
use super::server::Server;
use super::session::Session;
use crate::migration::{Applied, missing};
use crate::verification::{AuditError, Verification};
use crate::{Cause, DatabaseError, Identity, Migration, Value};
use audit::AuditHead;
use std::sync::Arc;
use thiserror::Error;

/// PostgreSQL 15, as the server counts.
const VERSION_MIN: i64 = 150_000;

/// The tables of every schema. `identity` has one row. `commit_mark` has one row per writer: the number of its newest
/// group of units.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS identity (deployment BYTEA, part TEXT);
    INSERT INTO identity SELECT NULL, NULL WHERE NOT EXISTS (SELECT FROM identity);
    CREATE TABLE IF NOT EXISTS commit_mark
        (writer BYTEA PRIMARY KEY, number BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now());
    DELETE FROM commit_mark WHERE at < now() - interval '1 day'";

/// Why a server is refused.
#[derive(Debug, Error)]
enum Unsuitable {
    #[error("PostgreSQL 15 or later is needed, not {0}")]
    Version(String),
    #[error("the database is encoded in {0}: create one with ENCODING 'UTF8'")]
    Encoding(String),
}

async fn open(server: &Server) -> Result<Session, DatabaseError> {
    Connector::new(server.clone(), "").session().await
}

/// Creates the schema if needed, and applies the missing migrations, all or nothing.
pub(super) async fn prepare(
    server: &Server,
    migrations: &[Migration],
) -> Result<(), DatabaseError> {
    let session = open(server).await?;
    require_suitable(server, &session).await?;
    // Another process that opens the schema at the same time waits here.
    session.command("BEGIN").await?;
    let name = [Value::from(server.schema())];
    session
        .query(
            "SELECT CAST(pg_advisory_xact_lock(hashtext('passbook'), hashtext($1)) AS TEXT)",
            &name,
        )
        .await?;
    let of_history = |cause: Cause| DatabaseError::Migration {
        version: 0,
        name: "history",
        cause,
    };
    if !schema_exists(server, &session).await? {
        let create = format!("CREATE SCHEMA {}", server.schema());
        batch(&session, &create).await.map_err(of_history)?;
    }
    batch(&session, TABLES).await.map_err(of_history)?;
    let rows = session
        .query(
            "SELECT version, sha256 FROM migration ORDER BY version",
            &[],
        )
        .await?;
    let applied = rows
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect::<Result<Vec<Applied>, DatabaseError>>()?;
    for migration in missing(migrations, &applied, Migration::postgres_sql)? {
        let of_it = |cause| DatabaseError::Migration {
            version: migration.version,
            name: migration.name,
            cause,
        };
        batch(&session, migration.postgres_sql())
            .await
            .map_err(of_it)?;
        session
            .execute(
                "INSERT INTO migration (version, name, sha256) VALUES ($1, $2, $3)",
                crate::params![
                    migration.version,
                    migration.name,
                    migration.hash(Migration::postgres_sql)
                ],
            )
            .await?;
    }
    session.command("COMMIT").await
}

async fn batch(session: &Session, commands: &str) -> Result<(), Cause> {
    let done = session.client().batch_execute(commands).await;
    done.map_err(super::failure::cause_of)
}

async fn require_suitable(server: &Server, session: &Session) -> Result<(), DatabaseError> {
    const READ: &str = "SELECT CAST(current_setting('server_version_num') AS BIGINT),
        current_setting('server_version'), current_setting('server_encoding')";
    let unsuitable = |cause: Unsuitable| DatabaseError::Open {
        database: server.to_string(),
        cause: Arc::new(cause),
    };
    for row in session.query(READ, &[]).await? {
        if row.get::<i64>(0)? < VERSION_MIN {
            return Err(unsuitable(Unsuitable::Version(row.get(1)?)));
        }
        let encoding: String = row.get(2)?;
        if encoding != "UTF8" {
            return Err(unsuitable(Unsuitable::Encoding(encoding)));
        }
    }
    Ok(())
}

async fn schema_exists(server: &Server, session: &Session) -> Result<bool, DatabaseError> {
    const READ: &str = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    let rows = session.query(READ, &[Value::from(server.schema())]).await?;
    Ok(!rows.is_empty())
}

async fn has_table(session: &Session, table: &str) -> Result<bool, DatabaseError> {
    const READ: &str = "SELECT to_regclass($1) IS NOT NULL";
    let rows = session.query(READ, &[Value::from(table)]).await?;
    rows.first().map_or(Ok(false), |row| row.get(0))
}

/// Whether the schema exists.
pub(crate) async fn exists(server: &Server) -> Result<bool, DatabaseError> {
    schema_exists(server, &open(server).await?).await
}

/// The bytes of the schema's tables, with their indexes.
pub(crate) async fn size(server: &Server) -> Result<u64, DatabaseError> {
    const READ: &str =
        "SELECT CAST(coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) AS BIGINT)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND relkind = 'r'";
    let name = [Value::from(server.schema())];
    let rows = open(server).await?.query(READ, &name).await?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}

/// Whether the schema ever had tables.
pub(crate) async fn is_used(server: &Server) -> Result<bool, DatabaseError> {
    has_table(&open(server).await?, "migration").await
}

/// The identity of the schema.
pub(crate) async fn identity(server: &Server) -> Result<Option<Identity>, DatabaseError> {
    const READ: &str = "SELECT deployment, part FROM identity
        WHERE deployment IS NOT NULL AND part IS NOT NULL";
    let session = open(server).await?;
    if !has_table(&session, "identity").await? {
        return Ok(None);
    }
    let rows = session.query(READ, &[]).await?;
    let identity = |row: &crate::Row| {
        Ok(Identity {
            deployment: row.get(0)?,
            part: row.get(1)?,
        })
    };
    rows.first().map(identity).transpose()
}

/// Sets the identity of the schema.
pub(crate) async fn identify(server: &Server, identity: &Identity) -> Result<(), DatabaseError> {
    const SET: &str = "UPDATE identity SET deployment = $1, part = $2";
    let values = crate::params![identity.deployment, &identity.part];
    open(server).await?.execute(SET, values).await.map(drop)
}

/// Reads every row of the schema's tables.
pub(crate) async fn check(server: &Server) -> Result<(), DatabaseError> {
    const TABLES: &str =
        "SELECT CAST(quote_ident(tablename) AS TEXT) FROM pg_tables WHERE schemaname = $1";
    const COUNT: &str = "SELECT count(*)";
    let session = open(server).await?;
    for row in session
        .query(TABLES, &[Value::from(server.schema())])
        .await?
    {
        let table: String = row.get(0)?;
        let count = format!("SELECT count(*) FROM {table}");
        let counted = session.client().batch_execute(&count).await;
        counted.map_err(|error| failed(COUNT, error))?;
    }
    Ok(())
}

/// Deletes the schema with all its content.
pub(crate) async fn remove(server: &Server) -> Result<(), DatabaseError> {
    const DROP: &str = "DROP SCHEMA";
    let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", server.schema());
    let session = open(server).await?;
    let dropped = session.client().batch_execute(&drop).await;
    dropped.map_err(|error| failed(DROP, error))
}

/// Verifies the audit chain in the schema.
pub(crate) async fn verify(server: &Server) -> Result<AuditHead, AuditError> {
    use futures_util::TryStreamExt as _;
    let session = open(server).await?;
    let broken = |error| failed(audit::READ, error);
    let none: [Value; 0] = [];
    let rows = session.client().query_raw(audit::READ, none).await;
    let mut rows = std::pin::pin!(rows.map_err(broken)?);
    let mut verification = Verification::default();
    while let Some(row) = rows.try_next().await.map_err(broken)? {
        let (number, hash): (i64, Vec<u8>) = (
            row.try_get(0).map_err(broken)?,
            row.try_get(1).map_err(broken)?,
        );
        let bytes: Vec<u8> = row.try_get(2).map_err(broken)?;
        verification.follow(number, &hash, &bytes)?;
    }
    Ok(verification.head())
}
