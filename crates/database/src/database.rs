//! A database with its writer and its readers.

use crate::unit::{Job, Work};
use crate::{DatabaseError, Location, Migration, Transaction, postgres, sqlite};
use std::fmt;
use tokio::sync::{mpsc, oneshot, watch};

/// Units that wait for the writer, or for a reader; who comes after them waits.
const QUEUE_UNITS_MAX: usize = 1_024;

/// Connections that read.
const READERS: usize = 4;

/// One service's database. Cheap to clone; the last clone's end lets the threads finish what waits and leave.
#[derive(Clone)]
pub struct Database {
    writes: mpsc::Sender<Work>,
    reads: mpsc::Sender<Work>,
    /// Whether a reader failed.
    reader_failed: watch::Receiver<bool>,
}

/// What a database has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Units that wait for the writer.
    pub writes_waiting: usize,
    /// Units that wait for a reader.
    pub reads_waiting: usize,
    /// Whether the writer or a reader is gone: every unit is refused then.
    pub stopped: bool,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database, creating it on first use, and brings its schema to the last of `migrations`. Blocks shortly, and
    /// some time where a server is away. Refuses a file whose write-ahead log is gone.
    pub fn open(
        location: impl Into<Location>,
        migrations: &[Migration],
    ) -> Result<Self, DatabaseError> {
        let (writes, write_queue) = mpsc::channel(QUEUE_UNITS_MAX);
        let (reads, read_queue) = mpsc::channel(QUEUE_UNITS_MAX);
        let (failed, reader_failed) = watch::channel(false);
        match location.into() {
            Location::File(path) => {
                sqlite::start(&path, migrations, write_queue, read_queue, READERS, &failed)?;
            }
            Location::Server(server) => {
                postgres::start(
                    &server,
                    migrations,
                    write_queue,
                    read_queue,
                    READERS,
                    &failed,
                )?;
            }
        }
        Ok(Self {
            writes,
            reads,
            reader_failed,
        })
    }

    /// Runs a unit of work and answers once its changes are durable. If it answers an error, its changes are undone.
    ///
    /// The unit runs on the writer's thread beside others: it must wait for nothing but its transaction, and be short. It
    /// borrows what it captured, since it runs again where other processes changed the same rows, or the server went away.
    /// Who drops the future after it was polled does not know whether the unit was done.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.submit(&self.writes, work).await
    }

    /// Runs a unit of work that only reads, all of it in one consistent view of what is committed.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.submit(&self.reads, work).await
    }

    /// Ends the threads once what was asked before is done. Then the file is whole without its write-ahead log. What is
    /// asked later is refused.
    pub async fn close(&self) {
        for _ in 0..READERS {
            end(&self.reads).await;
        }
        end(&self.writes).await;
    }

    /// Waits until the writer or a reader has stopped, which they do only after a failure of the disk or a panic in a
    /// unit. The process should end then: what the disk holds is known again only after it was opened anew.
    pub async fn stopped(&self) {
        let mut reader_failed = self.reader_failed.clone();
        tokio::select! {
            () = self.writes.closed() => {}
            // An error: all readers are gone.
            _ = reader_failed.wait_for(|failed| *failed) => {}
        }
    }

    /// What waits now, and whether units are still taken.
    #[must_use]
    pub fn load(&self) -> Load {
        let waiting = |queue: &mpsc::Sender<Work>| queue.max_capacity() - queue.capacity();
        Load {
            writes_waiting: waiting(&self.writes),
            reads_waiting: waiting(&self.reads),
            stopped: self.writes.is_closed()
                || self.reads.is_closed()
                || *self.reader_failed.borrow(),
        }
    }

    async fn submit<T, E, F>(&self, queue: &mpsc::Sender<Work>, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Work::Unit(Box::new(Job::new(work, reply)));
        if *self.reader_failed.borrow() || queue.send(job).await.is_err() {
            return Err(DatabaseError::Stopped.into());
        }
        answer
            .await
            .unwrap_or_else(|_| Err(DatabaseError::Stopped.into()))
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
