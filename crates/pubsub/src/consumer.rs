//! Delivered and acknowledged events of a partition.

use bytes::Bytes;
use std::collections::BTreeSet;
use types::{Generation, Number, Position};

/// An event for notification. It is delivered again after a restart unless its number is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the partition.
    pub number: Number,
    /// A CloudEvent as structured JSON, not parsed.
    pub event: Bytes,
}

/// The positions up to which a partition was delivered, acknowledged and trimmed. Each is at most the previous one.
#[derive(Debug)]
pub(crate) struct Progress {
    generation: Generation,
    delivered: Number,
    /// Everything up to this position is acknowledged.
    acknowledged: Number,
    /// Numbers acknowledged beyond `acknowledged`, while an earlier one is not.
    beyond: BTreeSet<Number>,
    trimmed: Number,
}

impl Progress {
    /// The progress if everything through `trimmed` was acknowledged in an earlier run.
    pub(crate) fn after(trimmed: Position) -> Self {
        let Position {
            generation,
            number: trimmed,
        } = trimmed;
        Self {
            generation,
            delivered: trimmed,
            acknowledged: trimmed,
            beyond: BTreeSet::new(),
            trimmed,
        }
    }

    /// The newest delivered position.
    pub(crate) fn delivered(&self) -> Position {
        Position::new(self.generation, self.delivered)
    }

    /// The number of events that are not trimmed, if `newest` is the newest.
    ///
    /// # Panics
    /// If `newest` was not passed to [`found`](Self::found).
    pub(crate) fn kept(&self, newest: Number) -> u64 {
        assert!(
            self.trimmed <= newest,
            "{} is trimmed, beyond the newest {newest}",
            self.trimmed
        );
        newest.get() - self.trimmed.get()
    }

    /// Records the newest position in the log, read while nothing else can change it. Returns whether the log lost
    /// delivered events; events that get their numbers later are then delivered too.
    pub(crate) fn found(&mut self, newest: Position) -> bool {
        if newest.generation == self.generation && newest.number >= self.delivered {
            return false;
        }
        let newest = if newest.generation == self.generation {
            newest.number
        } else {
            self.generation = newest.generation;
            Number::ZERO
        };
        self.delivered = newest;
        self.acknowledged = self.acknowledged.min(newest);
        self.trimmed = self.trimmed.min(newest);
        self.beyond.retain(|number| *number <= newest);
        true
    }

    /// Records that everything through `number` was delivered.
    pub(crate) fn deliver(&mut self, number: Number) {
        self.delivered = self.delivered.max(number);
    }

    /// Records that the log no longer has anything through `number`, whether or not it was delivered.
    pub(crate) fn gone(&mut self, number: Number) {
        self.deliver(number);
        self.acknowledged = self.acknowledged.max(number);
        self.trimmed = self.trimmed.max(number);
        self.advance();
    }

    /// Records acknowledgements. Returns the number through which the log can be trimmed, if it is not trimmed that
    /// far.
    pub(crate) fn acknowledge(&mut self, numbers: &[Number]) -> Option<Position> {
        let delivered = self.delivered;
        let known = numbers.iter().filter(|number| **number <= delivered);
        self.beyond.extend(known);
        self.advance();
        let through = Position::new(self.generation, self.acknowledged);
        (self.acknowledged > self.trimmed).then_some(through)
    }

    /// Records that the log was trimmed.
    pub(crate) fn trimmed(&mut self, through: Position) {
        if through.generation == self.generation {
            self.trimmed = self.trimmed.max(through.number.min(self.acknowledged));
        }
    }

    /// Advances `acknowledged` over the consecutive numbers that follow it.
    fn advance(&mut self) {
        self.beyond = self.beyond.split_off(&self.acknowledged.next());
        while self.beyond.remove(&self.acknowledged.next()) {
            self.acknowledged = self.acknowledged.next();
        }
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

    fn at(number: u64) -> Position {
        Position::new(Generation::FIRST, Number::new(number).unwrap())
    }

    #[test]
    fn only_an_unbroken_run_of_acknowledgements_is_trimmed() {
        let mut progress = Progress::after(Position::START);
        progress.deliver(Number::new(5).unwrap());
        let mut check = |acknowledged: &[u64], through: Option<u64>| {
            let trim = progress.acknowledge(&numbers(acknowledged));
            assert_eq!(
                trim.map(|through| through.number.get()),
                through,
                "{acknowledged:?}"
            );
            if let Some(through) = trim {
                progress.trimmed(through);
            }
        };
        check(&[2], None);
        check(&[4, 2], None);
        check(&[1], Some(2));
        check(&[1, 2], None);
        check(&[9], None);
        check(&[3], Some(4));
        check(&[5], Some(5));
    }

    #[test]
    fn a_failed_trim_is_requested_again() {
        let mut progress = Progress::after(Position::START);
        progress.deliver(Number::new(2).unwrap());
        let two = at(2);
        assert_eq!(progress.acknowledge(&numbers(&[1, 2])), Some(two));
        assert_eq!(progress.acknowledge(&numbers(&[1, 2])), Some(two));
        assert_eq!(progress.kept(two.number), 2);
        progress.trimmed(two);
        assert_eq!(progress.acknowledge(&numbers(&[1, 2])), None);
        assert_eq!(progress.kept(two.number), 0);
    }

    #[test]
    fn events_that_get_the_numbers_of_lost_events_are_delivered() {
        let mut progress = Progress::after(Position::START);
        progress.deliver(Number::new(5).unwrap());
        progress.acknowledge(&numbers(&[1, 2, 4]));
        let three = at(3);
        assert!(progress.found(three));
        assert!(!progress.found(three));
        assert_eq!(progress.delivered(), three);
        progress.deliver(Number::new(4).unwrap());
        // The acknowledgement of the lost number 4 does not count for the new one.
        assert_eq!(progress.acknowledge(&numbers(&[3])), Some(three));
        // An acknowledgement of an earlier generation does not count in the next.
        let second = Position::new(Generation::FIRST.next(), Number::new(9).unwrap());
        assert!(progress.found(second));
        assert_eq!(progress.delivered().number, Number::ZERO);
        progress.trimmed(three);
        assert_eq!(progress.kept(second.number), 9);
    }
}
