//! Runs a unit of work on a connection.

use crate::unit::Unit;
use crate::{DatabaseError, Transaction};
use rusqlite::Connection;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a unit, whose statements execute at once. Returns whether its changes are to be committed, and the first
/// failure of its statements.
pub(super) fn run(
    connection: &Connection,
    unit: &mut Box<dyn Unit>,
) -> (bool, Option<DatabaseError>) {
    let mut transaction = Transaction::on_sqlite(connection);
    let polled = pin!(unit.run(&mut transaction))
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    let wanted = match polled {
        Poll::Ready(wanted) => wanted,
        Poll::Pending => {
            unit.fail(DatabaseError::Waited);
            false
        }
    };
    let failure = transaction.failure();
    if let Some(failure) = &failure {
        unit.fail(failure.clone());
    }
    (wanted && failure.is_none(), failure)
}
