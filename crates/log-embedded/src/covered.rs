//! What is covered of a channel: the stretch of its records that ends with the newest and has no gap.
//!
//! Records go by age with the segment that they are in, and segments are rewritten when they come together with others
//! of their size: the later of two may lose records before the earlier does. What lies before such a gap is gone for
//! readers, and goes from the disk with the next merge. Reading and merging both go back through tables and segments by
//! this one rule.

use crate::entry::ChannelState;
use types::Number;

/// A run of records without a gap: its first number, and the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) first: Number,
    pub(crate) end: u64,
}

/// How far back a channel is covered, as far as its tables and segments were looked at: newest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered {
    state: ChannelState,
    /// The oldest number that was found without a gap; the one after the newest while none was.
    first: Number,
    /// Nothing older belongs to it.
    complete: bool,
}

impl Covered {
    /// Of a channel in its newest state, before anything was looked at.
    pub(crate) fn new(state: ChannelState) -> Self {
        Self {
            state,
            first: state.number.next(),
            complete: false,
        }
    }

    /// The channel's newest state.
    pub(crate) fn state(&self) -> &ChannelState {
        &self.state
    }

    /// Looks at the next older table or segment: its state of the channel, and its run, if it has one. Whether the run
    /// belongs to what is covered.
    pub(crate) fn extend(&mut self, older: &ChannelState, run: Option<Bounds>) -> bool {
        assert!(
            older.head().position <= self.state.head().position,
            "an older table or segment has a newer state"
        );
        if self.complete {
            return false;
        }
        // Where records went by age, a run ends before what is covered begins.
        let belongs = run.is_none_or(|run| run.end == self.first.get());
        self.complete = older.generation != self.state.generation || !belongs;
        match run {
            Some(run) if !self.complete => {
                self.first = run.first;
                true
            }
            _ => false,
        }
    }

    /// There is nothing older to look at.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    /// Whether nothing older needs to be looked at for who asks for the records from `need` on.
    pub(crate) fn reaches(&self, need: Number) -> bool {
        self.complete || self.first <= need.max(self.state.trimmed.next())
    }

    /// The oldest number that is kept; the one after the newest where none is.
    pub(crate) fn oldest(&self) -> Number {
        self.first.max(self.state.trimmed.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel_log::ChannelKind;
    use types::Generation;

    fn state(generation: u64, newest: u64, trimmed: u64) -> ChannelState {
        ChannelState {
            number: Number::new(newest).unwrap(),
            trimmed: Number::new(trimmed).unwrap(),
            ..ChannelState::empty(ChannelKind::Customer, Generation::new(generation).unwrap())
        }
    }

    /// Tables and segments, newest first: each one's state, and its run as first and last number.
    type Found<'a> = &'a [((u64, u64, u64), Option<(u64, u64)>)];

    /// What is kept from on, and which runs belong.
    fn check(found: Found<'_>, oldest: u64, belonging: &[bool]) {
        let state = |(generation, newest, trimmed)| state(generation, newest, trimmed);
        let mut covered = Covered::new(state(found[0].0));
        let belong = found.iter().map(|(older, run)| {
            let run = run.map(|(first, last)| Bounds {
                first: Number::new(first).unwrap(),
                end: last + 1,
            });
            covered.extend(&state(*older), run)
        });
        assert_eq!(belong.collect::<Vec<_>>(), belonging, "{found:?}");
        covered.complete();
        assert_eq!(covered.oldest().get(), oldest, "{found:?}");
    }

    #[test]
    fn it_ends_with_the_newest_and_has_no_gap() {
        check(
            &[((1, 9, 0), Some((5, 9))), ((1, 4, 0), Some((1, 4)))],
            1,
            &[true, true],
        );
        check(&[((1, 9, 6), Some((5, 9)))], 7, &[true]);
        check(&[((1, 9, 9), Some((5, 9)))], 10, &[true]);
        // The later lost its first records by age.
        check(
            &[((1, 9, 0), Some((7, 9))), ((1, 4, 0), Some((1, 4)))],
            7,
            &[true, false],
        );
        // The later lost all of them.
        check(
            &[((1, 9, 0), None), ((1, 4, 0), Some((1, 4)))],
            10,
            &[false, false],
        );
        // Nothing but the state changed in the later.
        check(
            &[((1, 4, 2), None), ((1, 4, 0), Some((1, 4)))],
            3,
            &[false, true],
        );
        // What lies before a gap stays out, though a still older one would fit.
        check(
            &[
                ((1, 9, 0), Some((7, 9))),
                ((1, 5, 0), Some((4, 5))),
                ((1, 6, 0), Some((1, 6))),
            ],
            7,
            &[true, false, false],
        );
        // An earlier generation.
        check(
            &[((2, 3, 0), Some((1, 3))), ((1, 9, 0), Some((1, 9)))],
            1,
            &[true, false],
        );
        check(
            &[((2, 0, 0), None), ((1, 0, 0), None), ((1, 0, 0), None)],
            1,
            &[false, false, false],
        );
    }

    #[test]
    fn it_reaches_as_far_as_is_asked_for() {
        let mut covered = Covered::new(state(1, 9, 3));
        let reaches = |covered: &Covered, need: u64| covered.reaches(Number::new(need).unwrap());
        assert!(reaches(&covered, 10) && !reaches(&covered, 9));
        let run = Bounds {
            first: Number::new(6).unwrap(),
            end: 10,
        };
        assert!(covered.extend(&state(1, 9, 3), Some(run)));
        assert!(reaches(&covered, 6) && !reaches(&covered, 5));
        covered.complete();
        assert!(reaches(&covered, 1));
        // Where all is trimmed there is nothing to look for.
        assert!(reaches(&Covered::new(state(1, 9, 9)), 1));
    }
}
