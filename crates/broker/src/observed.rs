//! The broker's metrics. The handles are made once, so that no message needs a lookup.

use metrics::{Counter, Gauge, Histogram};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct Observed {
    open: AtomicU64,
    streams_open: Gauge,
    /// Channels of streams that reached the newest message, and answered pulls.
    pub(crate) streams_caught_up: Counter,
    pub(crate) pulls: Counter,
    /// Time from the wake-up of a stream to the piece that it passes to its connection.
    pub(crate) wake_to_sent: Histogram,
}

impl Observed {
    pub(crate) fn new() -> Self {
        let catch_ups = |by| metrics::counter!("passbook_catch_ups_total", "by" => by);
        Self {
            open: AtomicU64::new(0),
            streams_open: metrics::gauge!("passbook_streams_open"),
            streams_caught_up: catch_ups("stream"),
            pulls: catch_ups("pull"),
            wake_to_sent: metrics::histogram!("passbook_wake_to_sent_seconds"),
        }
    }

    /// The number of open streams.
    pub(crate) fn streams(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }
}

/// Counts one open stream, as long as this value lives.
pub(crate) struct OpenStream(Arc<Observed>);

impl OpenStream {
    pub(crate) fn new(observed: &Arc<Observed>) -> Self {
        observed.open.fetch_add(1, Ordering::Relaxed);
        observed.streams_open.increment(1.0);
        Self(Arc::clone(observed))
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.streams_open.decrement(1.0);
    }
}
