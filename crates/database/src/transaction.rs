//! What a unit of work does its work through.

use crate::{Cause, DatabaseError, Row, Value};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};
use std::sync::Arc;

/// The transaction of one unit of work. Dropped changes are undone when the unit answers an error.
///
/// The methods are asynchronous for the databases that need it; on SQLite their futures are ready at once. Statements
/// are prepared once per connection. A statement's text is a constant: what comes from outside is always a parameter.
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    disk_failure: Option<Cause>,
}

impl<'c> Transaction<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            disk_failure: None,
        }
    }

    /// The failure of the disk that one of the statements met, whatever the unit made of it.
    pub(crate) fn disk_failure(self) -> Option<Cause> {
        self.disk_failure
    }

    /// Changes rows; answers how many. A statement with `RETURNING` goes to `query` instead.
    pub async fn execute(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<usize, DatabaseError> {
        let changed = self.try_execute(statement, params);
        self.noticing(changed)
    }

    /// All rows of the answer.
    pub async fn query(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let rows = self.try_query(statement, params);
        self.noticing(rows)
    }
    /// The only row of the answer, or none; more than one is an error.
    pub async fn query_optional(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Option<Row>, DatabaseError> {
        let mut rows = self.query(statement, params).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            rows => Err(DatabaseError::NotOneRow { statement, rows }),
        }
    }

    /// The only row of the answer; none or more than one is an error.
    pub async fn query_one(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Row, DatabaseError> {
        self.query_optional(statement, params)
            .await?
            .ok_or(DatabaseError::NotOneRow { statement, rows: 0 })
    }

    fn noticing<T>(&mut self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if let Err(DatabaseError::DiskFailed { cause }) = &result {
            self.disk_failure = Some(cause.clone());
        }
        result
    }

    fn try_execute(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<usize, DatabaseError> {
        self.prepare(statement, params)?
            .raw_execute()
            .map_err(|cause| DatabaseError::statement(statement, cause))
    }

    fn try_query(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let failed = |cause| DatabaseError::statement(statement, cause);
        let mut prepared = self.prepare(statement, params)?;
        let names: Arc<[String]> = prepared.column_names().map(str::to_owned).collect();
        let mut answer = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = answer.next().map_err(failed)? {
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

    fn prepare(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<CachedStatement<'c>, DatabaseError> {
        let failed = |cause| DatabaseError::statement(statement, cause);
        let mut prepared = self.connection.prepare_cached(statement).map_err(failed)?;
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
}
