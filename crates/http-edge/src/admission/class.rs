//! Classes of routes, each with permits and a queue of its own.

use super::AdmissionSettings;
use super::fair_queue::FairQueue;
use std::time::Duration;

/// The purpose of a route. Requests of one class never wait for those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Public routes.
    Anonymous,
    /// Enrolment and login.
    Enrolment,
    /// Routes on which devices read their channels.
    Pull,
    /// Checkpoints, snapshots and reports, which call other services.
    Statements,
    /// Orders and vouchers, which call other services.
    Orders,
    /// Streams.
    Live,
}

/// The limits of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassLimits {
    /// Maximum concurrent requests being answered; for [`Class::Live`], maximum open streams.
    pub concurrent_max: usize,
    /// Maximum waiting requests. Further ones are refused.
    pub waiting_max: usize,
    /// Maximum time of a request from its head to the start of its answer.
    pub deadline: Duration,
}

/// The queue of each class.
pub(super) struct Queues {
    anonymous: (FairQueue, Duration),
    enrolment: (FairQueue, Duration),
    pull: (FairQueue, Duration),
    statements: (FairQueue, Duration),
    orders: (FairQueue, Duration),
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
            orders: queue(settings.orders),
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
            Class::Orders => &self.orders,
            Class::Live => &self.live,
        }
    }
}
