//! What was delivered, and what was acknowledged of it.

use bytes::Bytes;
use std::collections::BTreeSet;
use types::{Generation, Number, Position};

/// An event on its way to notification; it comes again after a restart unless its number is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the partition.
    pub number: Number,
    /// A CloudEvent as structured JSON, unread.
    pub event: Bytes,
}

/// How far a partition was delivered, acknowledged and trimmed. Each is at most the one before.
#[derive(Debug)]
pub(crate) struct Progress {
    generation: Generation,
    delivered: Number,
    /// Everything up to here is acknowledged.
    acknowledged: Number,
    /// Acknowledged beyond `acknowledged`, where something before them is not yet.
    beyond: BTreeSet<Number>,
    trimmed: Number,
}

impl Progress {
    /// Where everything through `trimmed` was acknowledged in an earlier run.
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

    /// How many events there are that are not trimmed, where `newest` is the newest.
    ///
    /// # Panics
    /// If `newest` was not given to [`found`](Self::found).
    pub(crate) fn kept(&self, newest: Number) -> u64 {
        assert!(
            self.trimmed <= newest,
            "{} is trimmed, and {newest} the newest",
            self.trimmed
        );
        newest.get() - self.trimmed.get()
    }

    /// Takes note of the newest position in the log, read while nobody else could change this. Answers whether the log
    /// lost events that were delivered: then those that get their numbers are delivered, too.
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

    /// Takes note that everything through `number` was delivered.
    pub(crate) fn deliver(&mut self, number: Number) {
        self.delivered = self.delivered.max(number);
    }

    /// Takes note that the log has nothing any more through `number`, whether or not it was delivered.
    pub(crate) fn gone(&mut self, number: Number) {
        self.deliver(number);
        self.acknowledged = self.acknowledged.max(number);
        self.trimmed = self.trimmed.max(number);
        self.advance();
    }

    /// Takes note of acknowledgements; the number through which the log can now be trimmed, if it is not yet.
    pub(crate) fn acknowledge(&mut self, numbers: &[Number]) -> Option<Position> {
        let delivered = self.delivered;
        let known = numbers.iter().filter(|number| **number <= delivered);
        self.beyond.extend(known);
        self.advance();
        let through = Position::new(self.generation, self.acknowledged);
        (self.acknowledged > self.trimmed).then_some(through)
    }

    /// Takes note that the log was trimmed.
    pub(crate) fn trimmed(&mut self, through: Position) {
        if through.generation == self.generation {
            self.trimmed = self.trimmed.max(through.number.min(self.acknowledged));
        }
    }

    /// Moves `acknowledged` over the unbroken run that follows it.
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
    fn a_trim_that_failed_is_asked_for_again() {
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
    fn what_takes_the_numbers_of_lost_events_is_delivered() {
        let mut progress = Progress::after(Position::START);
        progress.deliver(Number::new(5).unwrap());
        progress.acknowledge(&numbers(&[1, 2, 4]));
        let three = at(3);
        assert!(progress.found(three));
        assert!(!progress.found(three));
        assert_eq!(progress.delivered(), three);
        progress.deliver(Number::new(4).unwrap());
        // The acknowledgement of the lost number 4 is not that of the new one.
        assert_eq!(progress.acknowledge(&numbers(&[3])), Some(three));
        // Nor is one of an earlier generation that of the next.
        let second = Position::new(Generation::FIRST.next(), Number::new(9).unwrap());
        assert!(progress.found(second));
        assert_eq!(progress.delivered().number, Number::ZERO);
        progress.trimmed(three);
        assert_eq!(progress.kept(second.number), 9);
    }
}
