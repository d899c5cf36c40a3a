//! Admission: who may use what of the server, decided before anything costly is done for a request.
//!
//! What is bounded for each prefix (an IPv4 address, a /64 of IPv6) and for all of them together: connections, requests
//! that are arriving, waiting or being answered, bytes of bodies, and operations with keys for strangers. Requests of one
//! class wait for each other and never for those of another class; within a class, prefixes take turns.

mod class;
mod counter;
mod fair_queue;
mod gate;
mod key_operations;
mod prefix;
mod rate;

pub use class::{Class, ClassLimits};
pub(crate) use counter::InUse;
pub use gate::Stranger;
pub(crate) use gate::{Peer, Ticket, admit};
pub use prefix::{Network, NotANetwork, Prefix};
pub use rate::Rate;
pub(crate) use rate::Spent;

use crate::proxy::{Proxies, forwarded};
use class::Queues;
use counter::Counter;
use http::HeaderMap;
use key_operations::KeyOperations;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What a listener admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// Open connections of one prefix; further ones are closed.
    pub connections_of_prefix_max: usize,
    /// Requests at a time that arrive, wait or are being answered; further ones are refused. An open stream counts until
    /// its answer has begun.
    pub requests_max: usize,
    /// Those of one prefix.
    pub requests_of_prefix_max: usize,
    /// Bytes of bodies in memory: those that arrive, and those of requests that wait or are being answered.
    pub body_bytes_max: usize,
    /// Those of one prefix.
    pub body_bytes_of_prefix_max: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// Operations with P-256 keys for strangers: requests without a token that was verified before.
    pub key_operations: Rate,
    /// Those for one prefix.
    pub key_operations_of_prefix: Rate,
    /// What is answered to everybody, and every route that has no other class.
    pub anonymous: ClassLimits,
    /// Enrolment and login.
    pub enrolment: ClassLimits,
    /// What devices read of their channels.
    pub pull: ClassLimits,
    /// Checkpoints, snapshots, reports: what other services state.
    pub statements: ClassLimits,
    /// Streams, for as long as they are open.
    pub live: ClassLimits,
    /// How long a refusal is held back, of as many requests as may be under way.
    pub refusal_delay: Duration,
    /// Whether the bounds of one prefix, and those of strangers, hold for addresses of this machine.
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
    /// For a listener that only the bank's own people reach: nobody is kept from anything but by the server's memory, and
    /// a request may take ten minutes.
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

/// Who sends a request, as far as it matters before anything of the request is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    prefix: Prefix,
    /// Whether the bounds of one prefix do not hold.
    exempt: bool,
}

/// The admission of a listener. Cheap to clone; all clones are the same.
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
    /// An admission by `settings`. `classes` names routes as the router has them (`/v1/channels/{channel}/messages`) with
    /// their class; all others are [`Class::Anonymous`].
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

    /// How many operations with keys were carried out for strangers since the start.
    #[must_use]
    pub fn key_operations(&self) -> u64 {
        self.0.key_operations.count()
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.settings.proxies
    }

    /// Counts a connection of a client; none where its prefix has too many.
    pub(crate) fn connect(&self, client: IpAddr) -> Option<InUse> {
        self.0.connections.take(self.caller(client), 1)
    }

    fn caller(&self, client: IpAddr) -> Caller {
        let prefix = Prefix::of(client);
        let exempt = prefix.is_loopback() && !self.0.settings.bounds_loopback;
        Caller { prefix, exempt }
    }

    /// The caller of a request that `peer` sends: its client, if it is a proxy that names one.
    fn caller_of(&self, peer: Peer, headers: &HeaderMap) -> Caller {
        self.caller(forwarded::client(self.proxies(), peer.0, headers))
    }

    fn class(&self, route: Option<&str>) -> Class {
        let classes = &self.0.classes;
        let class = classes.iter().find(|(path, _)| Some(*path) == route);
        class.map_or(Class::Anonymous, |(_, class)| *class)
    }
}
