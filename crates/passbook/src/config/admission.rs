//! The configured admission of the public listener.

use http_edge::{AdmissionSettings, ClassLimits, NamesClient, Network, Proxies, Rate};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Limits of the public listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Admission {
    pub(crate) connections_of_prefix_max: usize,
    pub(crate) requests_max: usize,
    pub(crate) requests_of_prefix_max: usize,
    pub(crate) body_kib_max: usize,
    pub(crate) body_kib_of_prefix_max: usize,
    pub(crate) body_seconds: u64,
    pub(crate) idle_seconds: u64,
    pub(crate) key_operations_per_second: u32,
    pub(crate) key_operations_of_prefix_per_second: u32,
    pub(crate) refusal_delay_seconds: u64,
    pub(crate) bounds_loopback: bool,
    pub(crate) proxies: Vec<String>,
    pub(crate) proxies_name_client: ProxiesNameClient,
    pub(crate) anonymous: Class,
    pub(crate) enrolment: Class,
    pub(crate) pull: Class,
    pub(crate) statements: Class,
    pub(crate) orders: Class,
    pub(crate) live: Class,
}

/// A class of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) concurrent_max: usize,
    pub(crate) waiting_max: usize,
    pub(crate) deadline_seconds: u64,
}

/// How proxies name the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProxiesNameClient {
    Forwarded,
    ProxyProtocol,
}

impl Default for Admission {
    fn default() -> Self {
        let settings = AdmissionSettings::default();
        Self {
            connections_of_prefix_max: settings.connections_of_prefix_max,
            requests_max: settings.requests_max,
            requests_of_prefix_max: settings.requests_of_prefix_max,
            body_kib_max: settings.body_bytes_max / 1024,
            body_kib_of_prefix_max: settings.body_bytes_of_prefix_max / 1024,
            body_seconds: settings.body_timeout.as_secs(),
            idle_seconds: 60,
            key_operations_per_second: settings.key_operations.per_second,
            key_operations_of_prefix_per_second: settings.key_operations_of_prefix.per_second,
            refusal_delay_seconds: settings.refusal_delay.as_secs(),
            bounds_loopback: settings.bounds_loopback,
            proxies: Vec::new(),
            proxies_name_client: ProxiesNameClient::Forwarded,
            anonymous: Class::of(settings.anonymous),
            enrolment: Class::of(settings.enrolment),
            pull: Class::of(settings.pull),
            statements: Class::of(settings.statements),
            orders: Class::of(settings.orders),
            live: Class::of(settings.live),
        }
    }
}

impl Class {
    const fn of(limits: ClassLimits) -> Self {
        Self {
            concurrent_max: limits.concurrent_max,
            waiting_max: limits.waiting_max,
            deadline_seconds: limits.deadline.as_secs(),
        }
    }

    const fn limits(self) -> ClassLimits {
        ClassLimits {
            concurrent_max: self.concurrent_max,
            waiting_max: self.waiting_max,
            deadline: Duration::from_secs(self.deadline_seconds),
        }
    }
}

/// An invalid setting: its key, and the problem.
type Refused = (&'static str, &'static str);

impl Admission {
    /// Refuses invalid settings.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let counts = [
            (
                "admission.connections_of_prefix_max",
                self.connections_of_prefix_max,
            ),
            ("admission.requests_max", self.requests_max),
            (
                "admission.requests_of_prefix_max",
                self.requests_of_prefix_max,
            ),
            ("admission.anonymous", self.anonymous.concurrent_max),
            ("admission.enrolment", self.enrolment.concurrent_max),
            ("admission.pull", self.pull.concurrent_max),
            ("admission.statements", self.statements.concurrent_max),
            ("admission.orders", self.orders.concurrent_max),
            ("admission.live", self.live.concurrent_max),
        ];
        for (key, count) in counts {
            if !(1..=1_000_000).contains(&count) {
                return Err((key, "1 to 1,000,000"));
            }
        }
        for (key, kib) in [
            ("admission.body_kib_max", self.body_kib_max),
            (
                "admission.body_kib_of_prefix_max",
                self.body_kib_of_prefix_max,
            ),
        ] {
            if !(1024..=16 * 1024 * 1024).contains(&kib) {
                return Err((key, "1,024 KiB, one body, to 16 GiB"));
            }
        }
        for (key, class) in [
            ("admission.anonymous", self.anonymous),
            ("admission.enrolment", self.enrolment),
            ("admission.pull", self.pull),
            ("admission.statements", self.statements),
            ("admission.orders", self.orders),
            ("admission.live", self.live),
        ] {
            if class.waiting_max > 1_000_000 {
                return Err((key, "at most 1,000,000 requests wait"));
            }
            if !(1..=600).contains(&class.deadline_seconds) {
                return Err((key, "a deadline of 1 to 600 seconds"));
            }
        }
        for (key, seconds) in [
            ("admission.body_seconds", self.body_seconds),
            ("admission.idle_seconds", self.idle_seconds),
        ] {
            if !(1..=600).contains(&seconds) {
                return Err((key, "1 to 600 seconds"));
            }
        }
        for (key, rate) in [
            (
                "admission.key_operations_per_second",
                self.key_operations_per_second,
            ),
            (
                "admission.key_operations_of_prefix_per_second",
                self.key_operations_of_prefix_per_second,
            ),
        ] {
            if !(10..=1_000_000).contains(&rate) {
                return Err((key, "10, for an enrolment, to 1,000,000 a second"));
            }
        }
        if self.refusal_delay_seconds > 10 {
            return Err(("admission.refusal_delay_seconds", "at most 10 seconds"));
        }
        self.networks().map(drop)
    }

    fn networks(&self) -> Result<Vec<Network>, Refused> {
        let networks = self.proxies.iter().map(|network| network.parse());
        networks.collect::<Result<_, _>>().map_err(|_| {
            let problem = "each must be an address, or a network such as \"192.0.2.0/24\"";
            ("admission.proxies", problem)
        })
    }

    /// The settings, if valid.
    pub(crate) fn settings(&self) -> AdmissionSettings {
        let rate = |per_second: u32, seconds| Rate {
            per_second,
            burst: per_second.saturating_mul(seconds),
        };
        AdmissionSettings {
            connections_of_prefix_max: self.connections_of_prefix_max,
            requests_max: self.requests_max,
            requests_of_prefix_max: self.requests_of_prefix_max,
            body_bytes_max: self.body_kib_max * 1024,
            body_bytes_of_prefix_max: self.body_kib_of_prefix_max * 1024,
            body_timeout: Duration::from_secs(self.body_seconds),
            key_operations: rate(self.key_operations_per_second, 1),
            key_operations_of_prefix: rate(self.key_operations_of_prefix_per_second, 4),
            anonymous: self.anonymous.limits(),
            enrolment: self.enrolment.limits(),
            pull: self.pull.limits(),
            statements: self.statements.limits(),
            orders: self.orders.limits(),
            live: self.live.limits(),
            refusal_delay: Duration::from_secs(self.refusal_delay_seconds),
            bounds_loopback: self.bounds_loopback,
            proxies: Proxies {
                networks: self.networks().unwrap_or_default(),
                name_client: match self.proxies_name_client {
                    ProxiesNameClient::Forwarded => NamesClient::Forwarded,
                    ProxiesNameClient::ProxyProtocol => NamesClient::ProxyProtocol,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_edge() {
        let configured = Admission::default();
        assert_eq!(configured.settings(), AdmissionSettings::default());
        let limits = http_edge::Limits::default();
        assert_eq!(configured.idle_seconds, limits.idle_timeout.as_secs());
        assert_eq!(configured.check(), Ok(()));
    }

    #[test]
    fn proxies_are_networks() {
        let configured = Admission {
            proxies: vec!["10.0.0.0/8".into(), "2001:db8::1".into()],
            ..Admission::default()
        };
        assert_eq!(configured.settings().proxies.networks.len(), 2);
        let refused = Admission {
            proxies: vec!["proxy.example".into()],
            ..Admission::default()
        };
        assert_eq!(refused.check().unwrap_err().0, "admission.proxies");
    }
}
