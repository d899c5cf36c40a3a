//! A database in an SQLite file.

use crate::bank;
use database::Location;
use std::path::Path;

/// The location of the database.
pub(crate) fn location(file: &Path) -> Location {
    file.into()
}

/// The rows of a statement as text, one line per row.
pub(crate) fn shown(file: &Path, statement: &str) -> String {
    let rows = bank::query(file, statement);
    rows.iter().map(|row| format!("{row:?}\n")).collect()
}

/// The audit records, oldest first.
pub(crate) fn records(file: &Path) -> Vec<Vec<u8>> {
    let rows = bank::query(file, "SELECT record FROM audit ORDER BY number");
    let record = |row: Vec<rusqlite::types::Value>| match row.into_iter().next() {
        Some(rusqlite::types::Value::Blob(bytes)) => bytes,
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(record).collect()
}
