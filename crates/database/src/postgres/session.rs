//! One connection to PostgreSQL and its prepared statements.

use super::failure::failed;
use crate::{DatabaseError, Row, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

/// A connection, used by one unit of work at a time.
pub(crate) struct Session {
    client: Client,
    prepared: RefCell<HashMap<&'static str, Prepared>>,
    /// Commands that are sent together with the next statement, so that they cost no round trip.
    before: RefCell<String>,
    /// Whether an answer of the server is pending.
    busy: Cell<bool>,
}

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    names: Arc<[String]>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            prepared: RefCell::default(),
            before: RefCell::default(),
            busy: Cell::new(false),
        }
    }

    /// Sends commands together with the next statement.
    pub(super) fn before_next(&self, commands: &str) {
        let mut before = self.before.borrow_mut();
        before.push_str(commands);
        before.push(';');
    }

    /// Executes a command, after the pending commands.
    pub(super) async fn command(&self, command: &'static str) -> Result<(), DatabaseError> {
        self.before_next(command);
        self.flush(command).await
    }

    async fn flush(&self, statement: &'static str) -> Result<(), DatabaseError> {
        let commands = self.before.take();
        if commands.is_empty() {
            return Ok(());
        }
        let done = self.waiting(self.client.batch_execute(&commands)).await;
        done.map_err(|error| failed(statement, error))
    }

    pub(crate) async fn execute(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<usize, DatabaseError> {
        let prepared = self.prepare(statement, params).await?;
        let params = borrowed(params);
        let execute = self.client.execute(&prepared.statement, &params);
        let changed = self.after_commands(statement, execute).await?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(crate) async fn query(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let prepared = self.prepare(statement, params).await?;
        let params = borrowed(params);
        let query = self.client.query(&prepared.statement, &params);
        let rows = self.after_commands(statement, query).await?;
        rows.iter()
            .map(|row| {
                let values = (0..row.len())
                    .map(|index| {
                        row.try_get(index).map_err(|_| DatabaseError::Column {
                            column: index.to_string(),
                            wanted: "null, an integer, a text or bytes",
                        })
                    })
                    .collect::<Result<_, _>>()?;
                Ok(Row::new(prepared.names.clone(), values))
            })
            .collect()
    }

    /// Sends the pending commands, then runs a request, in one round trip.
    async fn after_commands<T>(
        &self,
        statement: &'static str,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DatabaseError> {
        let commands = self.before.take();
        let commands = async {
            if commands.is_empty() {
                return Ok(());
            }
            self.client.batch_execute(&commands).await
        };
        // Each future is sent at its first poll: the commands first.
        let both = async { tokio::join!(biased; commands, work) };
        let (commands, work) = self.waiting(both).await;
        commands.and(work).map_err(|error| failed(statement, error))
    }

    async fn prepare(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Prepared, DatabaseError> {
        let known = self.prepared.borrow().get(statement).cloned();
        let prepared = match known {
            Some(prepared) => prepared,
            None => {
                self.flush(statement).await?;
                let made = self.waiting(self.client.prepare(statement)).await;
                let made = made.map_err(|error| failed(statement, error))?;
                let columns = made.columns().iter();
                let prepared = Prepared {
                    names: columns.map(|column| column.name().to_owned()).collect(),
                    statement: made,
                };
                self.prepared
                    .borrow_mut()
                    .insert(statement, prepared.clone());
                prepared
            }
        };
        let want = prepared.statement.params().len();
        if want != params.len() {
            return Err(DatabaseError::Parameters {
                statement,
                want,
                have: params.len(),
            });
        }
        Ok(prepared)
    }

    async fn waiting<T>(&self, work: impl Future<Output = T>) -> T {
        self.busy.set(true);
        let done = work.await;
        self.busy.set(false);
        done
    }

    /// Runs a unit's future. `None` if it awaits something other than this connection.
    pub(super) async fn drive<T>(&self, unit: impl Future<Output = T>) -> Option<T> {
        let mut unit = pin!(unit);
        std::future::poll_fn(|context| match unit.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.busy.get() => Poll::Pending,
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Whether the connection is lost.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The connection itself, for work outside of units.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params
        .iter()
        .map(|value| -> &(dyn ToSql + Sync) { value })
        .collect()
}
