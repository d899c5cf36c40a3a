//! Prepared statements over a connection.

use crate::{DatabaseError, Row, Value};
use rusqlite::types::{ToSqlOutput, Value as SqliteValue, ValueRef};
use rusqlite::{CachedStatement, Connection};
use std::sync::Arc;

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(SqliteValue::Null),
            Self::Integer(value) => ToSqlOutput::Owned(SqliteValue::Integer(*value)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

pub(crate) fn execute(
    connection: &Connection,
    statement: &'static str,
    params: &[Value],
) -> Result<usize, DatabaseError> {
    prepare(connection, statement, params)?
        .raw_execute()
        .map_err(|cause| DatabaseError::statement(statement, cause))
}

pub(crate) fn query(
    connection: &Connection,
    statement: &'static str,
    params: &[Value],
) -> Result<Vec<Row>, DatabaseError> {
    let failed = |cause| DatabaseError::statement(statement, cause);
    let mut prepared = prepare(connection, statement, params)?;
    let mut answer = prepared.raw_query();
    let mut names = None;
    let mut rows = Vec::new();
    while let Some(row) = answer.next().map_err(failed)? {
        let columns = row.as_ref();
        let names: &Arc<[String]> =
            names.get_or_insert_with(|| columns.column_names().map(str::to_owned).collect());
        let values = (0..names.len())
            .map(|index| {
                let column = || DatabaseError::Column {
                    column: index.to_string(),
                    wanted: "null, an integer, a text or bytes",
                };
                match row.get_ref(index).map_err(failed)? {
                    ValueRef::Null => Ok(Value::Null),
                    ValueRef::Integer(value) => Ok(Value::Integer(value)),
                    ValueRef::Text(text) => String::from_utf8(text.to_vec())
                        .map(Value::Text)
                        .map_err(|_| column()),
                    ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
                    ValueRef::Real(_) => Err(column()),
                }
            })
            .collect::<Result<_, _>>()?;
        rows.push(Row::new(names.clone(), values));
    }
    Ok(rows)
}

fn prepare<'c>(
    connection: &'c Connection,
    statement: &'static str,
    params: &[Value],
) -> Result<CachedStatement<'c>, DatabaseError> {
    let failed = |cause| DatabaseError::statement(statement, cause);
    let mut prepared = connection.prepare_cached(statement).map_err(failed)?;
    let want = prepared.parameter_count();
    if want != params.len() {
        return Err(DatabaseError::Parameters {
            statement,
            want,
            have: params.len(),
        });
    }
    for (index, value) in params.iter().enumerate() {
        prepared
            .raw_bind_parameter(index + 1, value)
            .map_err(failed)?;
    }
    Ok(prepared)
}
