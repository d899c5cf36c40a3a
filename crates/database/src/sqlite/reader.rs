//! The readers, which share one queue.

use super::running;
use crate::DatabaseError;
use crate::supervised::Supervised;
use crate::unit::{Unit, Work};
use rusqlite::Connection;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// Runs units until all senders are gone, the disk failed, or a unit panicked.
pub(crate) fn run(
    connection: Connection,
    queue: &Mutex<mpsc::Receiver<Work>>,
    failed: watch::Sender<bool>,
) {
    let supervised = Supervised::new(failed);
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let unit = match next {
            Some(Work::Unit(unit)) => unit,
            Some(Work::End(ended)) => {
                supervised.finish();
                drop(connection);
                let _caller_left = ended.send(());
                return;
            }
            None => {
                supervised.finish();
                return;
            }
        };
        if let Err(cause) = run_unit(&connection, unit) {
            tracing::error!(error = %cause, "the database cannot be read");
            return;
        }
    }
}

/// Runs a unit in one transaction, so that it sees one state throughout. An error ends this reader; the caller got its
/// answer.
fn run_unit(connection: &Connection, mut unit: Box<dyn Unit>) -> Result<(), DatabaseError> {
    let transaction = match connection.unchecked_transaction() {
        Ok(transaction) => transaction,
        Err(cause) => {
            let failure = DatabaseError::statement("BEGIN DEFERRED", cause);
            unit.fail(failure.clone());
            unit.answer();
            return Err(failure);
        }
    };
    let (_, failure) = running::run(connection, &mut unit);
    let ended = transaction.rollback();
    unit.answer();
    ended.map_err(|cause| DatabaseError::statement("ROLLBACK", cause))?;
    match failure {
        Some(failure @ DatabaseError::DiskFailed { .. }) => Err(failure),
        _ => Ok(()),
    }
}
