//! Classes of routes, each with permits and a queue of its own.

use super::AdmissionSettings;
use super::fair_queue::FairQueue;
use std::time::Duration;

/// What a route is for. Requests of one class never wait for those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What is answered to everybody.
    Anonymous,
    /// Enrolment and login.
    Enrolment,
    /// What devices read of their channels.
    Pull,
    /// Checkpoints, snapshots, reports: what other services state.
    Statements,
    /// Streams.
    Live,
}

/// What a class is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassLimits {
    /// Requests that are being answered at a time; of [`Class::Live`], streams that are open.
    pub concurrent_max: usize,
    /// Requests that wait until they are; further ones are refused.
    pub waiting_max: usize,
    /// How long a request may take from its head to the beginning of its answer.
    pub deadline: Duration,
}

/// The queue of each class.
pub(super) struct Queues {
    anonymous: (FairQueue, Duration),
    enrolment: (FairQueue, Duration),
    pull: (FairQueue, Duration),
    statements: (FairQueue, Duration),
    live: (FairQueue, Duration),
}

impl Queues {
    pub(super) fn new(settings: &AdmissionSettings) -> Self {
        let queue = |limits: ClassLimits| {
            let queue = FairQueue::new(limits.concurrent_max, limits.waiting_max);
            (queue, limits.deadline)
        };
        Self {
            anonymous: queue(settings.anonymous),
            enrolment: queue(settings.enrolment),
            pull: queue(settings.pull),
            statements: queue(settings.statements),
            live: queue(settings.live),
        }
    }

    /// The queue of a class, and its deadline.
    pub(super) const fn of(&self, class: Class) -> &(FairQueue, Duration) {
        match class {
            Class::Anonymous => &self.anonymous,
            Class::Enrolment => &self.enrolment,
            Class::Pull => &self.pull,
            Class::Statements => &self.statements,
            Class::Live => &self.live,
        }
    }
}
