//! The transaction that a unit of work uses.

use crate::postgres::Session;
use crate::sqlite::statement;
use crate::{DatabaseError, Row, Value};
use rusqlite::Connection;

/// The transaction of one unit of work. Its changes are undone if the unit returns an error, or if one of its
/// statements failed.
///
/// Statements are prepared once per connection. A statement's text is a constant: external values are always
/// parameters.
#[derive(Debug)]
pub struct Transaction<'c> {
    engine: Engine<'c>,
    failure: Option<DatabaseError>,
}

#[derive(Debug, Clone, Copy)]
enum Engine<'c> {
    /// Its futures are ready at once.
    Sqlite(&'c Connection),
    Postgres(&'c Session),
}

impl<'c> Transaction<'c> {
    pub(crate) const fn on_sqlite(connection: &'c Connection) -> Self {
        Self {
            engine: Engine::Sqlite(connection),
            failure: None,
        }
    }

    pub(crate) const fn on_postgres(session: &'c Session) -> Self {
        Self {
            engine: Engine::Postgres(session),
            failure: None,
        }
    }

    /// The first failure of a statement, even if the unit ignored it.
    pub(crate) fn failure(self) -> Option<DatabaseError> {
        self.failure
    }

    /// The text of a statement that must differ between the engines.
    #[must_use]
    pub const fn dialect(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => sqlite,
            Engine::Postgres(_) => postgres,
        }
    }

    /// Changes rows and returns their number. A statement with `RETURNING` belongs to `query`.
    pub async fn execute(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<usize, DatabaseError> {
        self.go_on()?;
        let changed = match self.engine {
            Engine::Sqlite(connection) => statement::execute(connection, statement, params),
            Engine::Postgres(session) => session.execute(statement, params).await,
        };
        self.noticing(changed)
    }

    /// All rows of the result.
    pub async fn query(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.go_on()?;
        let rows = match self.engine {
            Engine::Sqlite(connection) => statement::query(connection, statement, params),
            Engine::Postgres(session) => session.query(statement, params).await,
        };
        self.noticing(rows)
    }

    /// The only row of the result, or `None`. More than one row is an error.
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

    /// The only row of the result. None or more than one is an error.
    pub async fn query_one(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Row, DatabaseError> {
        self.query_optional(statement, params)
            .await?
            .ok_or(DatabaseError::NotOneRow { statement, rows: 0 })
    }

    /// After a failed statement the transaction accepts no more statements.
    fn go_on(&self) -> Result<(), DatabaseError> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn noticing<T>(&mut self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if let Err(failure) = &result
            && failure.is_of_engine()
        {
            self.failure = Some(failure.clone());
        }
        result
    }
}
