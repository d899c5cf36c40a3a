//! A unit of work on its way to a connection, and its answer on the way back.

use crate::{Cause, DatabaseError, Transaction};
use rusqlite::Connection;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::sync::oneshot;

/// What a thread of the database takes from its queue.
pub(crate) enum Work {
    /// A unit of work to do.
    Unit(Box<dyn Unit>),
    /// The thread ends, and answers when its connection is closed.
    End(oneshot::Sender<()>),
}

/// A unit of work that waits, whatever it does and answers.
pub(crate) trait Unit: Send {
    /// Does the work, but answers nothing yet.
    fn run(self: Box<Self>, connection: &Connection) -> Box<dyn Done>;

    /// Answers that the work will not be done.
    fn refuse(self: Box<Self>, error: DatabaseError);
}

/// A unit of work that was done, and whose caller still waits.
pub(crate) trait Done {
    /// Whether it wants its changes kept.
    fn keep(&self) -> bool;

    /// The failure of the disk that it met.
    fn disk_failure(&self) -> Option<&Cause>;

    /// Answers the caller: what the work gave, or `lost` when its changes could not be kept.
    fn answer(self: Box<Self>, lost: Option<&DatabaseError>);
}

pub(crate) struct Job<F, T, E> {
    pub(crate) work: F,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
}

struct JobDone<T, E> {
    disk_failure: Option<Cause>,
    result: Result<T, E>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Unit for Job<F, T, E>
where
    F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DatabaseError> + Send + 'static,
{
    fn run(self: Box<Self>, connection: &Connection) -> Box<dyn Done> {
        let mut transaction = Transaction::new(connection);
        let polled = pin!((self.work)(&mut transaction))
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let result = match polled {
            Poll::Ready(result) => result,
            Poll::Pending => Err(DatabaseError::Waited.into()),
        };
        Box::new(JobDone {
            disk_failure: transaction.disk_failure(),
            result,
            reply: self.reply,
        })
    }

    fn refuse(self: Box<Self>, error: DatabaseError) {
        let _caller_left = self.reply.send(Err(error.into()));
    }
}

impl<T, E: From<DatabaseError>> Done for JobDone<T, E> {
    fn keep(&self) -> bool {
        self.result.is_ok()
    }

    fn disk_failure(&self) -> Option<&Cause> {
        self.disk_failure.as_ref()
    }

    fn answer(self: Box<Self>, lost: Option<&DatabaseError>) {
        let result = match lost {
            Some(error) if self.result.is_ok() => Err(error.clone().into()),
            _ => self.result,
        };
        let _caller_left = self.reply.send(result);
    }
}
