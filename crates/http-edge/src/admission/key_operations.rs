//! The rate of key operations for strangers.

use super::Caller;
use super::rate::{Rate, Spent};
use crate::Rejection;
use crate::prefix::Prefix;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use types::ErrorCode;

/// Number of stored prefixes at which prefixes without recent operations are removed.
const SWEPT_AT: usize = 1024;

/// P-256 operations (verification, key agreement, key generation) for requests without a token that was verified
/// before: one rate for all of them, and one for each prefix.
pub(crate) struct KeyOperations {
    all: Rate,
    of_prefix: Rate,
    spent: Mutex<State>,
}

#[derive(Default)]
struct State {
    all: Spent,
    prefixes: HashMap<Prefix, Spent>,
    swept_at: usize,
    /// Number of operations since the start.
    count: u64,
}

impl KeyOperations {
    pub(crate) fn new(all: Rate, of_prefix: Rate) -> Self {
        Self {
            all,
            of_prefix,
            spent: Mutex::default(),
        }
    }

    /// Counts `operations` for `caller`, before they are carried out.
    pub(crate) fn spend(
        &self,
        caller: Caller,
        operations: u32,
        now: Instant,
    ) -> Result<(), Rejection> {
        let mut state = self.lock();
        if !caller.exempt {
            let mut spent = state.prefixes.get(&caller.prefix).copied();
            spent
                .get_or_insert_default()
                .spend(operations, self.of_prefix, now)
                .map_err(|wait| refusal(ErrorCode::TooManyRequests, wait))?;
            state
                .all
                .spend(operations, self.all, now)
                .map_err(|wait| refusal(ErrorCode::Overloaded, wait))?;
            state.sweep(now);
            state
                .prefixes
                .insert(caller.prefix, spent.unwrap_or_default());
        }
        state.count += u64::from(operations);
        Ok(())
    }

    /// Refunds `operations` that were not a stranger's.
    pub(crate) fn refund(&self, caller: Caller, operations: u32) {
        let mut state = self.lock();
        if caller.exempt {
            return;
        }
        state.all.refund(operations, self.all);
        if let Some(spent) = state.prefixes.get_mut(&caller.prefix) {
            spent.refund(operations, self.of_prefix);
        }
    }

    /// Number of operations since the start.
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes prefixes whose burst is full again. Only prefixes with operations within a burst's time remain, and the
    /// rate for all of them limits their number.
    fn sweep(&mut self, now: Instant) {
        if self.prefixes.len() >= self.swept_at.max(SWEPT_AT) {
            self.prefixes.retain(|_, spent| !spent.is_whole(now));
            self.swept_at = 2 * self.prefixes.len();
        }
    }
}

fn refusal(code: ErrorCode, wait: Duration) -> Rejection {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    Rejection::new(code).with_retry_after_ms(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(number: u32) -> Caller {
        let prefix = Prefix::of(std::net::Ipv4Addr::from_bits(number).into());
        Caller {
            prefix,
            exempt: number == 0,
        }
    }

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate { per_second, burst }
    }

    #[test]
    fn each_prefix_has_its_rate_and_all_together_have_one() {
        let operations = KeyOperations::new(rate(10, 5), rate(1, 3));
        let now = Instant::now();
        let spend = |number, at| {
            let spent = operations.spend(caller(number), 3, at);
            spent.map_err(|refusal| refusal.code())
        };
        assert_eq!(spend(1, now), Ok(()));
        assert_eq!(spend(1, now), Err(ErrorCode::TooManyRequests.number()));
        assert_eq!(spend(2, now), Err(ErrorCode::Overloaded.number()));
        assert_eq!(spend(0, now), Ok(()), "exempt callers have no limit");
        assert_eq!(spend(2, now + Duration::from_millis(100)), Ok(()));
        operations.refund(caller(1), 3);
        assert_eq!(spend(1, now + Duration::from_millis(100)), Ok(()));
        assert_eq!(operations.count(), 12);
    }

    #[test]
    fn prefixes_without_recent_operations_are_removed() {
        let operations = KeyOperations::new(rate(1_000_000, 1_000_000), rate(1, 1));
        let start = Instant::now();
        for number in 1..10_000 {
            let now = start + Duration::from_millis(u64::from(number) * 10);
            operations.spend(caller(number), 1, now).unwrap();
        }
        assert!(operations.lock().prefixes.len() <= SWEPT_AT);
    }
}
