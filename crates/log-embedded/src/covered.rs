//! The covered range of a channel: the longest run of its records that ends with the newest and has no gap.
//!
//! Records that are too old are removed when their segment is rewritten, and segments are rewritten together with
//! others of similar size. So a later segment may lose its old records before an earlier segment does, and a gap
//! remains. Records before such a gap are invisible to readers; the next merge removes them. Reading and merging use
//! this same rule while they go back through tables and segments.

use crate::entry::ChannelState;
use types::Number;

/// A run of records without a gap: its first number, and the number after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) first: Number,
    pub(crate) end: u64,
}

/// The covered range as far as tables and segments were examined, newest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered {
    state: ChannelState,
    /// The oldest number that was found without a gap; the number after the newest while none was found.
    first: Number,
    /// Whether no older record can belong to the range.
    complete: bool,
}

impl Covered {
    /// Starts with a channel's newest state, before any table or segment was examined.
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

    /// Examines the next older table or segment: the channel's state in it and its run, if it has one. Returns whether
    /// the run belongs to the covered range.
    pub(crate) fn extend(&mut self, older: &ChannelState, run: Option<Bounds>) -> bool {
        assert!(
            older.head().position <= self.state.head().position,
            "an older table or segment has a newer state"
        );
        if self.complete {
            return false;
        }
        // If old records were removed, a run may end before the covered range begins.
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

    /// Records that there is no older table or segment.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    /// Whether no older table or segment must be examined to read the records from `need` on.
    pub(crate) fn reaches(&self, need: Number) -> bool {
        self.complete || self.first <= need.max(self.state.trimmed.next())
    }

    /// The oldest number that is kept; the number after the newest if none is.
    pub(crate) fn oldest(&self) -> Number {
        self.first.max(self.state.trimmed.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel_log::LogChannelKind;
    use types::Generation;

    fn state(generation: u64, newest: u64, trimmed: u64) -> ChannelState {
        ChannelState {
            number: Number::new(newest).unwrap(),
            trimmed: Number::new(trimmed).unwrap(),
            ..ChannelState::empty(
                LogChannelKind::Customer,
                Generation::new(generation).unwrap(),
            )
        }
    }

    /// Tables and segments, newest first: the state in each, and its run as first and last number.
    type Found<'a> = &'a [((u64, u64, u64), Option<(u64, u64)>)];

    /// Checks the oldest kept number, and which runs belong to the range.
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
        // The later one lost its first records by age.
        check(
            &[((1, 9, 0), Some((7, 9))), ((1, 4, 0), Some((1, 4)))],
            7,
            &[true, false],
        );
        // The later one lost all its records by age.
        check(
            &[((1, 9, 0), None), ((1, 4, 0), Some((1, 4)))],
            10,
            &[false, false],
        );
        // In the later one, only the state changed.
        check(
            &[((1, 4, 2), None), ((1, 4, 0), Some((1, 4)))],
            3,
            &[false, true],
        );
        // Records before a gap stay out, even if a still older run would fit.
        check(
            &[
                ((1, 9, 0), Some((7, 9))),
                ((1, 5, 0), Some((4, 5))),
                ((1, 6, 0), Some((1, 6))),
            ],
            7,
            &[true, false, false],
        );
        // The older one has an earlier generation.
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
        // If everything is trimmed, nothing must be examined.
        assert!(reaches(&Covered::new(state(1, 9, 9)), 1));
    }
}
