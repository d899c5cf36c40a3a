//! PostgreSQL under the services: a database is the schema that stands for a file.

use database::Location;
use std::path::Path;
use testkit::postgres::{Held, PostgresServer, schema_of};
use types::hex;

pub(crate) fn location(file: &Path) -> Location {
    let url = PostgresServer::shared().url().parse().unwrap();
    Location::schema(&url, &schema_of(file))
}

/// What a statement answers: a line a row, `|` between columns, bytes as `\x` and hex. It may also change rows.
pub(crate) fn ask(file: &Path, statement: &str) -> String {
    PostgresServer::shared().query(&schema_of(file), statement)
}

/// Bytes as a statement has them.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    format!("'\\x{}'::bytea", hex::encode(bytes))
}

/// A copy as a backup makes it, while the database is used.
pub(crate) fn copy(from: &Path, to: &Path) {
    PostgresServer::shared().copy(&schema_of(from), &schema_of(to));
}

/// Keeps everybody from writing until the answer is dropped.
pub(crate) fn hold_writer(file: &Path) -> Held {
    PostgresServer::shared().hold(&schema_of(file), "commit_mark")
}
