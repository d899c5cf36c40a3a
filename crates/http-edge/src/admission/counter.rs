//! Counts how much of a resource is in use, by all callers and by each prefix.

use super::Caller;
use crate::prefix::Prefix;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A limit on concurrent use. No single prefix can use all of it.
#[derive(Clone)]
pub(crate) struct Counter(Arc<Inner>);

struct Inner {
    max: usize,
    prefix_max: usize,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    all: usize,
    prefixes: HashMap<Prefix, usize>,
}

/// The amount that one caller uses, until it is dropped.
pub(crate) struct InUse {
    counter: Counter,
    caller: Caller,
    amount: usize,
}

impl Counter {
    /// At most `max` are in use, and at most `prefix_max` by one prefix.
    pub(crate) fn new(max: usize, prefix_max: usize) -> Self {
        Self(Arc::new(Inner {
            max,
            prefix_max,
            used: Mutex::default(),
        }))
    }

    /// Counts `amount` for `caller`. `None` if that exceeds a limit.
    pub(crate) fn take(&self, caller: Caller, amount: usize) -> Option<InUse> {
        let mut in_use = InUse {
            counter: self.clone(),
            caller,
            amount: 0,
        };
        in_use.grow(amount).then_some(in_use)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InUse {
    /// Counts `amount` more. Returns false and counts nothing if that exceeds a limit.
    pub(crate) fn grow(&mut self, amount: usize) -> bool {
        let inner = &self.counter.0;
        let mut used = self.counter.used();
        let of_prefix = used.prefixes.get(&self.caller.prefix).copied();
        let of_prefix = of_prefix.unwrap_or_default() + amount;
        if used.all + amount > inner.max || (of_prefix > inner.prefix_max && !self.caller.exempt) {
            return false;
        }
        used.all += amount;
        used.prefixes.insert(self.caller.prefix, of_prefix);
        drop(used);
        self.amount += amount;
        true
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut used = self.counter.used();
        used.all -= self.amount;
        if let Some(of_prefix) = used.prefixes.get_mut(&self.caller.prefix) {
            *of_prefix -= self.amount;
            if *of_prefix == 0 {
                used.prefixes.remove(&self.caller.prefix);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(last: u8) -> Caller {
        Caller {
            prefix: Prefix::of([192, 0, 2, last].into()),
            exempt: last == 0,
        }
    }

    #[test]
    fn each_prefix_has_a_limit_and_all_together_have_one() {
        let counter = Counter::new(6, 2);
        let mut first = counter.take(caller(1), 1).unwrap();
        assert!(first.grow(1));
        assert!(!first.grow(1));
        assert!(counter.take(caller(1), 1).is_none());
        let other = counter.take(caller(2), 1).unwrap();
        let exempt = counter.take(caller(0), 3).unwrap();
        assert!(counter.take(caller(3), 1).is_none(), "six are in use");
        drop(first);
        assert!(counter.take(caller(1), 2).is_some());
        drop((other, exempt));
        let used = counter.used();
        assert_eq!(used.all, 0);
        assert!(used.prefixes.is_empty(), "unused prefixes are removed");
    }
}
