//! A unit of work on its way to a connection, and its answer on the way back.

use crate::{DatabaseError, Transaction};
use std::future::Future;
use std::pin::Pin;
use tokio::sync::oneshot;

/// What a thread of the database takes from its queue.
pub(crate) enum Work {
    /// A unit of work to do.
    Unit(Box<dyn Unit>),
    /// The thread ends, and answers when its connection is closed.
    End(oneshot::Sender<()>),
}

/// A unit of work, whatever it does and answers, whose caller waits.
pub(crate) trait Unit: Send {
    /// Does the work, also a second time, and keeps its result. Answers whether the changes are wanted.
    fn run<'u>(
        &'u mut self,
        transaction: &'u mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = bool> + 'u>>;

    /// Makes `error` the result, unless the work gave one of its own.
    fn fail(&mut self, error: DatabaseError);

    /// Answers the caller with the result.
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
