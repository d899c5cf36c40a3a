//! The readers, which take turns at one queue.

use crate::DatabaseError;
use crate::unit::{Unit, Work};
use rusqlite::Connection;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// Says that a reader failed when it goes, unless it went because there is nothing more to read.
struct Supervised {
    failed: watch::Sender<bool>,
    finished: bool,
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if !self.finished {
            tracing::error!("a reader of the database failed; the database stops");
            self.failed.send_replace(true);
        }
    }
}

/// Runs units until all senders are gone, the disk failed, or a unit panicked.
pub(crate) fn run(
    connection: Connection,
    queue: &Mutex<mpsc::Receiver<Work>>,
    failed: watch::Sender<bool>,
) {
    let mut supervised = Supervised {
        failed,
        finished: false,
    };
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let unit = match next {
            Some(Work::Unit(unit)) => unit,
            Some(Work::End(ended)) => {
                supervised.finished = true;
                drop(connection);
                let _caller_left = ended.send(());
                return;
            }
            None => {
                supervised.finished = true;
                return;
            }
        };
        if let Err(cause) = run_unit(&connection, unit) {
            tracing::error!(error = %cause, "the database cannot be read");
            return;
        }
    }
}

/// One transaction, so that the unit sees one state throughout. An error means that this connection reads no more; the
/// caller was told.
fn run_unit(connection: &Connection, unit: Box<dyn Unit>) -> Result<(), DatabaseError> {
    let transaction = match connection.unchecked_transaction() {
        Ok(transaction) => transaction,
        Err(cause) => {
            let failure = DatabaseError::statement("BEGIN DEFERRED", cause);
            unit.refuse(failure.clone());
            return Err(failure);
        }
    };
    let done = unit.run(connection);
    let ended = transaction.rollback();
    let failed = done.disk_failure().cloned();
    done.answer(None);
    ended.map_err(|cause| DatabaseError::statement("ROLLBACK", cause))?;
    failed.map_or(Ok(()), |cause| Err(DatabaseError::DiskFailed { cause }))
}
