//! What was delivered, and what was acknowledged of it.

use bytes::Bytes;
use std::collections::BTreeSet;
use types::Number;

/// An event on its way to notification; it comes again after a restart unless its number is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the partition.
    pub number: Number,
    /// A CloudEvent as structured JSON, unread.
    pub event: Bytes,
}

/// How far a partition was delivered and acknowledged.
#[derive(Debug)]
pub(crate) struct Progress {
    delivered: Number,
    trimmed: Number,
    /// Acknowledged beyond `trimmed`, where something before them is not yet.
    acknowledged: BTreeSet<Number>,
}

impl Progress {
    /// Where everything through `trimmed` was acknowledged in an earlier run.
    pub(crate) fn after(trimmed: Number) -> Self {
        Self {
            delivered: trimmed,
            trimmed,
            acknowledged: BTreeSet::new(),
        }
    }

    /// The newest delivered number.
    pub(crate) fn delivered(&self) -> Number {
        self.delivered
    }

    /// How many events there are of which nothing was dropped yet, where `newest` is the newest.
    pub(crate) fn unacknowledged(&self, newest: Number) -> u64 {
        newest.get().saturating_sub(self.trimmed.get())
    }

    /// Takes note that everything through `number` was delivered.
    pub(crate) fn deliver(&mut self, number: Number) {
        self.delivered = self.delivered.max(number);
    }

    /// Takes note of acknowledgements; the number through which the log can now be trimmed, if that grew.
    pub(crate) fn acknowledge(&mut self, numbers: &[Number]) -> Option<Number> {
        let known = |number: &&Number| **number > self.trimmed && **number <= self.delivered;
        let new: Vec<Number> = numbers.iter().filter(known).copied().collect();
        self.acknowledged.extend(new);
        let before = self.trimmed;
        while self.acknowledged.remove(&self.trimmed.next()) {
            self.trimmed = self.trimmed.next();
        }
        (self.trimmed > before).then_some(self.trimmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(plain: &[u64]) -> Vec<Number> {
        plain
            .iter()
            .map(|number| Number::new(*number).unwrap())
            .collect()
    }

    #[test]
    fn only_an_unbroken_run_of_acknowledgements_is_trimmed() {
        let mut progress = Progress::after(Number::ZERO);
        progress.deliver(Number::new(5).unwrap());
        let mut check = |acknowledged: &[u64], through: Option<u64>| {
            let expected = through.map(|number| Number::new(number).unwrap());
            assert_eq!(
                progress.acknowledge(&numbers(acknowledged)),
                expected,
                "{acknowledged:?}"
            );
        };
        check(&[2], None);
        check(&[4, 2], None);
        check(&[1], Some(2));
        check(&[1, 2], None);
        check(&[9], None);
        check(&[3], Some(4));
        check(&[5], Some(5));
    }
}
