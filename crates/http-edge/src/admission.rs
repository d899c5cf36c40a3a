//! Admission: decides who may use which resources of the server, before anything costly is done for a request.
//!
//! There are limits for each prefix (an IPv4 address, a /64 of IPv6) and for all prefixes together: on connections, on
//! requests that arrive, wait or are being answered, on bytes of bodies, and on key operations for strangers. Requests
//! of one class wait for each other and never for those of another class. Within a class, prefixes take turns.

mod class;
mod counter;
mod fair_queue;
mod gate;
mod key_operations;
mod rate;

pub use class::{Class, ClassLimits};
pub(crate) use counter::InUse;
pub use gate::{FurtherPermit, FurtherPermits, Stranger};
pub(crate) use gate::{Peer, Ticket, admit};
pub use rate::Rate;
pub(crate) use rate::Spent;

use crate::prefix::Prefix;
use crate::proxy::{Proxies, forwarded};
use class::Queues;
use counter::Counter;
use http::HeaderMap;
use key_operations::KeyOperations;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The limits of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// Maximum open connections of one prefix. Further ones are closed.
    pub connections_of_prefix_max: usize,
    /// Maximum concurrent requests that arrive, wait or are being answered. Further ones are refused. An open stream
    /// counts until its answer has begun.
    pub requests_max: usize,
    /// The same for one prefix.
    pub requests_of_prefix_max: usize,
    /// Maximum bytes of bodies in memory: of those that arrive, and of requests that wait or are being answered.
    pub body_bytes_max: usize,
    /// The same for one prefix.
    pub body_bytes_of_prefix_max: usize,
    /// Maximum time for a body to arrive.
    pub body_timeout: Duration,
    /// The rate of P-256 operations for strangers, that is, for requests without a token that was verified before.
    pub key_operations: Rate,
    /// The same for one prefix.
    pub key_operations_of_prefix: Rate,
    /// Limits of the public routes, and of every route without another class.
    pub anonymous: ClassLimits,
    /// Limits of enrolment and login.
    pub enrolment: ClassLimits,
    /// Limits of the routes on which devices read their channels.
    pub pull: ClassLimits,
    /// Limits of checkpoints, snapshots and reports, which call other services.
    pub statements: ClassLimits,
    /// Limits of orders and vouchers, which call other services.
    pub orders: ClassLimits,
    /// Limits of streams, for as long as they are open.
    pub live: ClassLimits,
    /// How long a refusal is delayed. The limit of concurrent requests also limits the delayed refusals.
    pub refusal_delay: Duration,
    /// Whether the limits of one prefix, and those of strangers, apply to loopback addresses.
    pub bounds_loopback: bool,
    /// Proxies that name the client whose requests they forward.
    pub proxies: Proxies,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            // Many customers of a mobile network share an address.
            connections_of_prefix_max: 6_000,
            requests_max: 8_192,
            requests_of_prefix_max: 1_024,
            body_bytes_max: 64 << 20,
            body_bytes_of_prefix_max: 8 << 20,
            body_timeout: seconds(10),
            key_operations: Rate {
                per_second: 1_000,
                burst: 1_000,
            },
            key_operations_of_prefix: Rate {
                per_second: 100,
                burst: 400,
            },
            anonymous: ClassLimits {
                concurrent_max: 64,
                waiting_max: 512,
                deadline: seconds(10),
            },
            enrolment: ClassLimits {
                concurrent_max: 64,
                waiting_max: 1_024,
                deadline: seconds(30),
            },
            pull: ClassLimits {
                concurrent_max: 512,
                waiting_max: 4_096,
                deadline: seconds(30),
            },
            statements: ClassLimits {
                concurrent_max: 256,
                waiting_max: 4_096,
                deadline: seconds(30),
            },
            orders: ClassLimits {
                concurrent_max: 256,
                waiting_max: 4_096,
                deadline: seconds(30),
            },
            live: ClassLimits {
                concurrent_max: 20_000,
                waiting_max: 0,
                deadline: seconds(10),
            },
            refusal_delay: seconds(2),
            bounds_loopback: true,
            proxies: Proxies::default(),
        }
    }
}

impl AdmissionSettings {
    /// Settings for a listener that only the bank's own services reach: a few peers, each with many requests at a time.
    #[must_use]
    pub fn for_services() -> Self {
        Self {
            anonymous: ClassLimits {
                concurrent_max: 4_096,
                waiting_max: 0,
                deadline: Duration::from_secs(30),
            },
            bounds_loopback: false,
            ..Self::default()
        }
    }

    /// Settings for a listener that only the bank's own people reach. Only the server's memory limits requests, and a
    /// request may take ten minutes.
    #[must_use]
    pub fn for_operators() -> Self {
        Self {
            anonymous: ClassLimits {
                concurrent_max: 4_096,
                waiting_max: 0,
                deadline: Duration::from_secs(600),
            },
            bounds_loopback: false,
            ..Self::default()
        }
    }
}

/// The sender of a request, as known before anything in the request is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    prefix: Prefix,
    /// Whether the limits of one prefix do not apply.
    exempt: bool,
}

/// The admission of a listener. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub struct Admission(Arc<Inner>);

struct Inner {
    settings: AdmissionSettings,
    classes: Vec<(&'static str, Class)>,
    connections: Counter,
    requests: Counter,
    refusals: Counter,
    body_bytes: Counter,
    key_operations: KeyOperations,
    queues: Queues,
}

impl Admission {
    /// Makes an admission with `settings`. `classes` maps the router's routes (`/v1/channels/{channel}/messages`) to
    /// their classes. All other routes are [`Class::Anonymous`].
    #[must_use]
    pub fn new(settings: AdmissionSettings, classes: Vec<(&'static str, Class)>) -> Self {
        Self(Arc::new(Inner {
            connections: Counter::new(usize::MAX, settings.connections_of_prefix_max),
            requests: Counter::new(settings.requests_max, settings.requests_of_prefix_max),
            refusals: Counter::new(settings.requests_max, settings.requests_of_prefix_max),
            body_bytes: Counter::new(settings.body_bytes_max, settings.body_bytes_of_prefix_max),
            key_operations: KeyOperations::new(
                settings.key_operations,
                settings.key_operations_of_prefix,
            ),
            queues: Queues::new(&settings),
            settings,
            classes,
        }))
    }

    /// The number of key operations carried out for strangers since the start.
    #[must_use]
    pub fn key_operations(&self) -> u64 {
        self.0.key_operations.count()
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.settings.proxies
    }

    /// Counts a connection of a client. `None` if its prefix has too many.
    pub(crate) fn connect(&self, client: IpAddr) -> Option<InUse> {
        self.0.connections.take(self.caller(client), 1)
    }

    fn caller(&self, client: IpAddr) -> Caller {
        let prefix = Prefix::of(client);
        let exempt = prefix.is_loopback() && !self.0.settings.bounds_loopback;
        Caller { prefix, exempt }
    }

    /// The sender of a request from `peer`: the client that `peer` names if it is a proxy, otherwise `peer`.
    fn client_of(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        forwarded::client(self.proxies(), peer.0, headers)
    }

    fn class(&self, route: Option<&str>) -> Class {
        let classes = &self.0.classes;
        let class = classes.iter().find(|(path, _)| Some(*path) == route);
        class.map_or(Class::Anonymous, |(_, class)| *class)
    }
}
