//! A database file with its writer and its readers.

use crate::unit::{Job, Work};
use crate::{
    DatabaseError, Migration, Transaction, connection, folding, identity, migration, writer,
};
use rusqlite::Connection;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Units that wait for the writer, or for a reader; who comes after them waits.
const QUEUE_UNITS_MAX: usize = 1_024;

/// Connections that read.
const READERS: usize = 4;

/// One database file. Cheap to clone; the last clone's end lets the threads finish what waits and leave.
#[derive(Clone)]
pub struct Database {
    writes: mpsc::Sender<Work>,
    reads: mpsc::Sender<Work>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the file, creating it on first use, and brings its schema to the last of `migrations`. Blocks shortly.
    /// Refuses a file whose write-ahead log is gone.
    pub fn open(path: &Path, migrations: &[Migration]) -> Result<Self, DatabaseError> {
        let failed = |cause| DatabaseError::Open {
            path: path.to_owned(),
            cause: Arc::new(cause),
        };
        identity::require_log(path)?;
        let mut write_connection = connection::writer(path).map_err(failed)?;
        identity::prepare(&write_connection).map_err(failed)?;
        folding::settle(&write_connection).map_err(failed)?;
        migration::migrate(&mut write_connection, migrations)?;
        let read_connections = (0..READERS)
            .map(|_| connection::reader(path).map_err(failed))
            .collect::<Result<Vec<_>, _>>()?;

        let (writes, write_queue) = mpsc::channel(QUEUE_UNITS_MAX);
        std::thread::spawn(move || writer::run(write_connection, write_queue));
        let (reads, read_queue) = mpsc::channel(QUEUE_UNITS_MAX);
        let read_queue = Arc::new(Mutex::new(read_queue));
        for read_connection in read_connections {
            let queue = read_queue.clone();
            std::thread::spawn(move || run_reader(read_connection, &queue));
        }
        Ok(Self { writes, reads })
    }

    /// Runs a unit of work and answers once its changes are durable. If it answers an error, its changes are undone.
    ///
    /// The unit runs on the writer's thread beside others: it must wait for nothing but its transaction, and be short.
    /// Who drops the future after it was polled does not know whether the unit was done.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        submit(&self.writes, work).await
    }

    /// Runs a unit of work that only reads, all of it in one consistent view of what is committed.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        submit(&self.reads, work).await
    }

    /// Ends the threads once what was asked before is done. Then the file is whole without its write-ahead log. What is
    /// asked later is refused.
    pub async fn close(&self) {
        for _ in 0..READERS {
            end(&self.reads).await;
        }
        end(&self.writes).await;
    }

    /// Waits until the writer has stopped, which it does only after a failure of the disk or a panic in a unit. The
    /// process should end then: what the disk holds is known again only after it was opened anew.
    pub async fn stopped(&self) {
        self.writes.closed().await;
    }
}

/// Has one thread of a queue end, and waits for it.
async fn end(queue: &mpsc::Sender<Work>) {
    let (reply, ended) = oneshot::channel();
    if queue.send(Work::End(reply)).await.is_ok() {
        // A thread that fails instead has ended, too.
        let _ = ended.await;
    }
}

async fn submit<T, E, F>(queue: &mpsc::Sender<Work>, work: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DatabaseError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Work::Unit(Box::new(Job { work, reply }));
    if queue.send(job).await.is_err() {
        return Err(DatabaseError::Stopped.into());
    }
    answer
        .await
        .unwrap_or_else(|_| Err(DatabaseError::Stopped.into()))
}

/// One of the readers, which take turns at the queue: a transaction each, so that a unit sees one state throughout.
fn run_reader(connection: Connection, queue: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let unit = match next {
            Some(Work::Unit(unit)) => unit,
            Some(Work::End(ended)) => {
                drop(connection);
                let _caller_left = ended.send(());
                return;
            }
            None => return,
        };
        let cause = match connection.unchecked_transaction() {
            Ok(transaction) => {
                let done = unit.run(&connection);
                drop(transaction);
                done.answer(None);
                continue;
            }
            Err(cause) => Arc::new(cause),
        };
        unit.refuse(DatabaseError::Statement {
            statement: "BEGIN DEFERRED",
            cause,
        });
    }
}
