//! Proxies in front of the listener, from which a client's address is accepted.

pub(crate) mod forwarded;
pub(crate) mod protocol;

use crate::prefix::Network;
use std::net::IpAddr;

/// How a proxy names the client whose connection or request it forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamesClient {
    /// With each request, in its `Forwarded` header (RFC 7239).
    Forwarded,
    /// At the start of a connection, with the PROXY protocol of HAProxy, version 1 or 2.
    ProxyProtocol,
}

/// The proxies of this deployment. Client addresses from any other peer are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxies {
    /// Their addresses.
    pub networks: Vec<Network>,
    /// How all of them name the client.
    pub name_client: NamesClient,
}

impl Default for Proxies {
    fn default() -> Self {
        Self {
            networks: Vec::new(),
            name_client: NamesClient::Forwarded,
        }
    }
}

impl Proxies {
    /// Whether `address` is that of a proxy.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }
}
