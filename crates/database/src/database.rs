//! A database with its writer and its readers.

use crate::unit::{Job, Work};
use crate::{DatabaseError, Location, Migration, Transaction, postgres, sqlite};
use std::fmt;
use tokio::sync::{mpsc, oneshot, watch};

/// Maximum units that wait for the writer, or for a reader. Further callers wait for capacity.
const QUEUE_UNITS_MAX: usize = 1_024;

/// Number of reading connections.
const READERS: usize = 4;

/// One service's database. Cheap to clone. After the last clone is dropped, the threads finish the waiting units and
/// end.
#[derive(Clone)]
pub struct Database {
    writes: mpsc::Sender<Work>,
    reads: mpsc::Sender<Work>,
    /// Whether a reader failed.
    reader_failed: watch::Receiver<bool>,
}

/// The load of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Units that wait for the writer.
    pub writes_waiting: usize,
    /// Units that wait for a reader.
    pub reads_waiting: usize,
    /// Whether the writer or a reader has stopped: every unit is then refused.
    pub stopped: bool,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database, creates it on first use, and applies `migrations`. Blocks shortly, and longer while a server
    /// is unavailable. Refuses a file whose write-ahead log is missing.
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

    /// Runs a unit of work and returns once its changes are durable. If the unit returns an error, its changes are
    /// undone.
    ///
    /// The unit runs on the writer's thread together with others: it must await only its transaction, and be short. It
    /// borrows what it captured, because it runs again if other processes changed the same rows, or if the server was
    /// lost. If the future is dropped after it was polled, it is unknown whether the unit was committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.submit(&self.writes, work).await
    }

    /// Runs a unit of work that only reads, all of it in one consistent view of the committed state.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.submit(&self.reads, work).await
    }

    /// Ends the threads when all earlier units are done. The file is then complete without its write-ahead log. Later
    /// units are refused.
    pub async fn close(&self) {
        for _ in 0..READERS {
            end(&self.reads).await;
        }
        end(&self.writes).await;
    }

    /// Waits until the writer or a reader has stopped, which happens only after a disk failure or a panic in a unit.
    /// The process should then end: the content of the disk is known only after the database is opened again.
    pub async fn stopped(&self) {
        let mut reader_failed = self.reader_failed.clone();
        tokio::select! {
            () = self.writes.closed() => {}
            // An error means that all readers are gone.
            _ = reader_failed.wait_for(|failed| *failed) => {}
        }
    }

    /// The waiting units, and whether units are still accepted.
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

/// Ends one thread of a queue, and waits for it.
async fn end(queue: &mpsc::Sender<Work>) {
    let (reply, ended) = oneshot::channel();
    if queue.send(Work::End(reply)).await.is_ok() {
        // A thread that failed has ended, too.
        let _ = ended.await;
    }
}
