//! What the bank sets.

use crate::Firewall;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The settings of the stack.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The addresses of the service broker, exactly.
    pub service_brokers: BTreeSet<IpAddr>,
    /// What the bank accepts of what passes all layers.
    pub firewall: Firewall,
}
