//! PostgreSQL under the services: a database is the schema that stands for a file.

use database::Location;
use std::path::Path;
use testkit::postgres::{Held, PostgresServer, schema_of};
use types::hex;

pub(crate) fn location(file: &Path) -> Location {
    let url = PostgresServer::shared().url().parse().unwrap();
    Location::schema(&url, &schema_of(file))
}

/// The result of a statement: one line per row, `|` between columns, bytes as `\x` and hex. The statement may also
/// change rows.
pub(crate) fn ask(file: &Path, statement: &str) -> String {
    PostgresServer::shared().query(&schema_of(file), statement)
}

/// Bytes as a literal of a statement.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    format!("'\\x{}'::bytea", hex::encode(bytes))
}

/// Makes a copy as a backup does, while the database is in use.
pub(crate) fn copy(from: &Path, to: &Path) {
    PostgresServer::shared().copy(&schema_of(from), &schema_of(to));
}

/// Blocks all writers until the returned value is dropped.
pub(crate) fn hold_writer(file: &Path) -> Held {
    PostgresServer::shared().hold(&schema_of(file), "commit_mark")
}
