//! What strangers may make the server compute with keys.

use super::Caller;
use super::prefix::Prefix;
use super::rate::{Rate, Spent};
use crate::Rejection;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use types::ErrorCode;

/// So many prefixes are remembered before those that spent nothing lately are looked for.
const SWEPT_AT: usize = 1024;

/// Operations with P-256 keys (to verify, agree, make a key) for requests without a token that was verified before: at a
/// rate for all of them, and at a rate for each prefix.
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
    /// How many were spent since the start.
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

    /// Spends `operations` for `caller`, before they are carried out.
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

    /// Takes back that `operations` were spent: they were not a stranger's.
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

    /// How many were spent since the start.
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets prefixes whose burst is whole. Only those that spent something within a burst's time stay, which the rate
    /// for all of them bounds.
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
        assert_eq!(spend(0, now), Ok(()), "who is exempt is not bound");
        assert_eq!(spend(2, now + Duration::from_millis(100)), Ok(()));
        operations.refund(caller(1), 3);
        assert_eq!(spend(1, now + Duration::from_millis(100)), Ok(()));
        assert_eq!(operations.count(), 12);
    }

    #[test]
    fn prefixes_that_spent_nothing_lately_are_forgotten() {
        let operations = KeyOperations::new(rate(1_000_000, 1_000_000), rate(1, 1));
        let start = Instant::now();
        for number in 1..10_000 {
            let now = start + Duration::from_millis(u64::from(number) * 10);
            operations.spend(caller(number), 1, now).unwrap();
        }
        assert!(operations.lock().prefixes.len() <= SWEPT_AT);
    }
}
