//! How far the work has come: bars for people, and a count that kills of the servers wait for.

use crate::figures::bar;
use indicatif::ProgressBar;
use tokio::sync::watch;

/// The count of everything that was achieved.
pub(crate) struct Progress {
    count: watch::Sender<u64>,
    shown: bool,
}

/// A part of the work, with a bar of its own.
pub(crate) struct Steps<'p> {
    count: &'p watch::Sender<u64>,
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(shown: bool) -> Self {
        Self {
            count: watch::Sender::new(0),
            shown,
        }
    }

    /// Changes with everything that is achieved.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// Begins a part of so many steps.
    pub(crate) fn steps(&self, length: usize, what: &'static str) -> Steps<'_> {
        Steps {
            count: &self.count,
            bar: bar(!self.shown, length, what),
        }
    }
}

impl Steps<'_> {
    /// So many more steps are done.
    pub(crate) fn done(&self, steps: usize) {
        self.bar.inc(u64::try_from(steps).unwrap_or(u64::MAX));
        self.count.send_modify(|count| *count += 1);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish();
    }
}
