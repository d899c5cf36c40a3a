//! Everything outside a device: the servers, the connection to them, and time.

use super::servers::Servers;
use client::Response;
use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{Clock, Time};

/// The start time of histories.
const START_MS: u64 = 1_790_000_000_000;

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// The servers are killed while they process the request.
    ServersDie,
    /// The servers have processed the request, and the answer is lost.
    AnswerLost,
    /// The app is killed before the answer arrives.
    AppDies,
    /// An attacker repeats the last answer to such a request, if there is one.
    OldAnswer,
}

/// State shared by devices and the test.
pub(super) struct World {
    pub(super) servers: RefCell<Option<Servers>>,
    clock: Arc<AtomicU64>,
    /// The number of requests until the connection breaks, and how it breaks.
    pub(super) breaks: Cell<Option<(u32, Break)>>,
    /// The newest answers, by method and path without the query.
    pub(super) answers: RefCell<BTreeMap<String, Response>>,
    /// Number of app starts: no two starts draw the same randomness.
    pub(super) starts: Cell<u64>,
}

impl World {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            servers: RefCell::default(),
            clock: Arc::new(AtomicU64::new(START_MS)),
            breaks: Cell::default(),
            answers: RefCell::default(),
            starts: Cell::default(),
        })
    }

    /// The common clock. [`pass`](Self::pass) advances it.
    pub(super) fn clock(&self) -> Clock {
        let clock = self.clock.clone();
        Arc::new(move || Time::from_ms(clock.load(Ordering::SeqCst)))
    }

    pub(super) fn now(&self) -> Time {
        (self.clock())()
    }

    pub(super) fn pass(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// The running servers.
    pub(super) fn servers(&self) -> Ref<'_, Servers> {
        Ref::map(self.servers.borrow(), |servers| {
            servers.as_ref().expect("the servers are up")
        })
    }

    /// Kills the servers, if they run.
    pub(super) fn kill_servers(&self) {
        if let Some(servers) = self.servers.take() {
            servers.crash();
        }
    }
}
