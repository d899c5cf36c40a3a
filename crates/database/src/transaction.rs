//! What a unit of work does its work through.

use crate::postgres::Session;
use crate::{DatabaseError, Row, Value, sqlite};
use rusqlite::Connection;

/// The transaction of one unit of work. Its changes are undone when the unit answers an error, or when one of its statements
/// failed.
///
/// Statements are prepared once per connection. A statement's text is a constant: what comes from outside is always a
/// parameter.
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

    /// The failure of the first statement that failed, whatever the unit made of it.
    pub(crate) fn failure(self) -> Option<DatabaseError> {
        self.failure
    }

    /// The text of a statement that cannot be the same on both engines.
    #[must_use]
    pub const fn dialect(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => sqlite,
            Engine::Postgres(_) => postgres,
        }
    }

    /// Changes rows; answers how many. A statement with `RETURNING` goes to `query` instead.
    pub async fn execute(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<usize, DatabaseError> {
        self.go_on()?;
        let changed = match self.engine {
            Engine::Sqlite(connection) => sqlite::execute(connection, statement, params),
            Engine::Postgres(session) => session.execute(statement, params).await,
        };
        self.noticing(changed)
    }

    /// All rows of the answer.
    pub async fn query(
        &mut self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.go_on()?;
        let rows = match self.engine {
            Engine::Sqlite(connection) => sqlite::query(connection, statement, params),
            Engine::Postgres(session) => session.query(statement, params).await,
        };
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

    /// After a failed statement there is nothing more to do in this transaction.
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
