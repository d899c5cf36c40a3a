//! The readers, which share one queue.

use super::connector::Connector;
use super::server::Server;
use crate::supervised::Supervised;
use crate::unit::{Unit, Work};
use crate::{DatabaseError, Transaction};
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// A reading unit sees one state throughout.
const SETTINGS: &str = "SET default_transaction_isolation TO 'repeatable read';
    SET default_transaction_read_only TO on";

/// Maximum repetitions of a unit on the server's request.
const REPEATS_MAX: u32 = 5;

/// Runs units until all senders are gone, the server's disk failed, or a unit panicked.
pub(super) fn run(
    server: Server,
    queue: &Mutex<mpsc::Receiver<Work>>,
    failed: watch::Sender<bool>,
) {
    let supervised = Supervised::new(failed);
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "a reader of the database failed to start");
            return;
        }
    };
    let mut connector = Connector::new(server, SETTINGS);
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        match next {
            Some(Work::Unit(unit)) => {
                if let Err(error) = runtime.block_on(run_unit(&mut connector, unit)) {
                    tracing::error!(%error, "the database cannot be read");
                    return;
                }
            }
            Some(Work::End(ended)) => {
                supervised.finish();
                drop((connector, runtime));
                let _caller_left = ended.send(());
                return;
            }
            None => {
                supervised.finish();
                return;
            }
        }
    }
}

/// Runs a unit, again if the connection was lost. An error ends this reader; the caller got its answer.
async fn run_unit(connector: &mut Connector, mut unit: Box<dyn Unit>) -> Result<(), DatabaseError> {
    for repeat in 0.. {
        let session = match connector.session().await {
            Ok(session) => session,
            Err(error) => {
                unit.fail(error);
                unit.answer();
                return Ok(());
            }
        };
        session.before_next("BEGIN");
        let mut transaction = Transaction::on_postgres(&session);
        let ran = session.drive(unit.run(&mut transaction)).await;
        let failure = transaction.failure();
        match failure {
            Some(DatabaseError::Unavailable { .. } | DatabaseError::Conflict { .. })
                if repeat < REPEATS_MAX =>
            {
                continue;
            }
            Some(error @ DatabaseError::DiskFailed { .. }) => {
                unit.fail(error.clone());
                unit.answer();
                return Err(error);
            }
            Some(error) => unit.fail(error),
            None if ran.is_none() => unit.fail(DatabaseError::Waited),
            None => {}
        }
        unit.answer();
        if session.command("ROLLBACK").await.is_ok() {
            connector.keep(session);
        }
        return Ok(());
    }
    Ok(())
}
