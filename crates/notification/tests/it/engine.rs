//! SQLite under the services: a database is a file.

use database::Location;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::path::Path;
use types::hex;

pub(crate) fn location(file: &Path) -> Location {
    file.into()
}

/// The result of a statement: one line per row, `|` between columns, bytes as `\x` and hex. The statement may also
/// change rows.
pub(crate) fn ask(file: &Path, statement: &str) -> String {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare(statement).unwrap();
    let columns = statement.column_count();
    if columns == 0 {
        statement.execute([]).unwrap();
        return String::new();
    }
    let mut rows = statement.query([]).unwrap();
    let mut answer = String::new();
    while let Some(row) = rows.next().unwrap() {
        let shown = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Blob(bytes) => format!("\\x{}", hex::encode(bytes)),
            ValueRef::Integer(value) => value.to_string(),
            ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            ValueRef::Real(_) => panic!("a column of floating point"),
        });
        answer += &shown.collect::<Vec<_>>().join("|");
        answer.push('\n');
    }
    answer
}

/// Bytes as a literal of a statement.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    format!("x'{}'", hex::encode(bytes))
}

/// Makes a copy as a backup does, while the database is in use.
pub(crate) fn copy(from: &Path, to: &Path) {
    let connection = Connection::open(from).unwrap();
    let to = to.to_str().unwrap();
    connection.execute("VACUUM INTO ?1", [to]).unwrap();
}

/// Blocks all writers until the returned value is dropped.
pub(crate) fn hold_writer(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}
