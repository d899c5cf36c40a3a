//! Calls between services. Each call has a deadline, and the number of concurrent calls is limited. A service that hangs
//! therefore delays only its own callers, for a bounded time.

use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Maximum time of a call. Requests of devices have longer deadlines (`[admission]`), so that the answer can name the
/// cause.
const DEADLINE: Duration = Duration::from_secs(10);

/// Maximum concurrent calls of one kind.
const CALLS_MAX: usize = 1024;

/// Why a service did not answer a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NotAnswered {
    #[error("it has as many calls under way as are allowed")]
    TooMany,
    #[error("it did not answer in time")]
    Late,
}

/// The calls of one kind to one service. All clones share the limits.
#[derive(Clone)]
pub(crate) struct Calls {
    /// Calls that run or wait.
    admitted: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
    deadline: Duration,
}

impl Default for Calls {
    fn default() -> Self {
        Self::new(CALLS_MAX, DEADLINE)
    }
}

impl Calls {
    /// Allows `max` concurrent calls, and as many waiting ones. Each is answered within `deadline`, waiting included.
    pub(crate) fn new(max: usize, deadline: Duration) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(2 * max)),
            under_way: Arc::new(Semaphore::new(max)),
            deadline,
        }
    }

    /// Makes a call. After the deadline the call is dropped; the service may have done what was requested.
    pub(crate) async fn call<T>(&self, call: impl Future<Output = T>) -> Result<T, NotAnswered> {
        let admitted = self.admitted.try_acquire();
        let _admitted = admitted.map_err(|_| NotAnswered::TooMany)?;
        let made = async {
            let _under_way = self.under_way.acquire().await;
            call.await
        };
        timeout(self.deadline, made)
            .await
            .map_err(|_| NotAnswered::Late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_call_that_hangs_ends_and_keeps_no_other_kind_waiting() {
        let short = Calls::new(1, Duration::from_millis(50));
        let mut hanging = std::pin::pin!(short.call(pending::<()>()));
        let mut waiting = Box::pin(short.call(async { 7 }));
        assert!(futures_util::poll!(hanging.as_mut()).is_pending());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        assert_eq!(short.call(async {}).await, Err(NotAnswered::TooMany));
        assert_eq!(Calls::default().call(async { 7 }).await, Ok(7));
        assert_eq!(hanging.await, Err(NotAnswered::Late));
        drop(waiting);
        assert_eq!(short.call(async { 7 }).await, Ok(7));
    }
}
