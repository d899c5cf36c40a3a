//! A unit of work on its way to a connection, and its result on the way back.

use crate::{DatabaseError, Transaction};
use std::future::Future;
use std::pin::Pin;
use tokio::sync::oneshot;

/// An item of a database thread's queue.
pub(crate) enum Work {
    /// A unit of work to run.
    Unit(Box<dyn Unit>),
    /// Ends the thread, which answers when its connection is closed.
    End(oneshot::Sender<()>),
}

/// A unit of work of any kind whose caller waits.
pub(crate) trait Unit: Send {
    /// Runs the work, possibly again, and stores its result. Returns whether the changes are to be committed.
    fn run<'u>(
        &'u mut self,
        transaction: &'u mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = bool> + 'u>>;

    /// Makes `error` the result, unless the work returned an error of its own.
    fn fail(&mut self, error: DatabaseError);

    /// Sends the result to the caller.
    fn answer(self: Box<Self>);
}

pub(crate) struct Job<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job<F, T, E> {
    pub(crate) const fn new(work: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        let result = None;
        Self {
            work,
            result,
            reply,
        }
    }
}

impl<F, T, E> Unit for Job<F, T, E>
where
    F: AsyncFn(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DatabaseError> + Send + 'static,
{
    fn run<'u>(
        &'u mut self,
        transaction: &'u mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = bool> + 'u>> {
        self.result = None;
        Box::pin(async move {
            let result = (self.work)(transaction).await;
            let wanted = result.is_ok();
            self.result = Some(result);
            wanted
        })
    }

    fn fail(&mut self, error: DatabaseError) {
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(error.into()));
        }
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or(Err(DatabaseError::Stopped.into()));
        let _caller_left = self.reply.send(result);
    }
}
