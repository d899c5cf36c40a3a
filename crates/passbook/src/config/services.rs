//! The services of this process, and how it reaches those of other processes.

use http_edge::ServiceRole;
use messaging::{MailAddress, Mobile};
use operator::Side;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// Services in this process and in others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Services {
    pub(crate) roles: Vec<RoleName>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) address: SocketAddr,
    pub(crate) core_bank: Option<SocketAddr>,
    pub(crate) security_stack: Option<SocketAddr>,
    pub(crate) pubsub: Option<SocketAddr>,
}

/// A role, by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RoleName(pub(crate) ServiceRole);

impl FromStr for RoleName {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let mut all = ServiceRole::ALL.into_iter();
        let role = all.find(|role| role.as_str() == word);
        role.map(Self).ok_or_else(|| {
            let all = ServiceRole::ALL.map(ServiceRole::as_str);
            format!("`{word}` is none of {}", all.join(", "))
        })
    }
}

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse()
    }
}

impl From<RoleName> for String {
    fn from(name: RoleName) -> Self {
        name.0.as_str().to_owned()
    }
}

/// The bank's own door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SecurityStack {
    pub(crate) address: SocketAddr,
    pub(crate) service_brokers: Vec<IpAddr>,
    pub(crate) administrators_mail: Vec<MailAddress>,
    pub(crate) administrators_sms: Vec<Mobile>,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            roles: ServiceRole::ALL.map(RoleName).to_vec(),
            directory: None,
            address: SocketAddr::from(([127, 0, 0, 1], 8482)),
            core_bank: None,
            security_stack: None,
            pubsub: None,
        }
    }
}

impl Default for SecurityStack {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8483)),
            service_brokers: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            administrators_mail: Vec::new(),
            administrators_sms: Vec::new(),
        }
    }
}

impl Services {
    /// The side of the bank that the roles are.
    pub(crate) fn side(&self) -> Option<Side> {
        let has = |role| self.roles.contains(&RoleName(role));
        let [core_bank, others @ ..] = ServiceRole::ALL.map(has);
        match (core_bank, others) {
            (true, [true, true, true, true]) => Some(Side::Whole),
            (true, [false, false, false, false]) => Some(Side::Bank),
            (false, [true, true, true, true]) => Some(Side::Passbook),
            _ => None,
        }
    }

    /// Refuses what cannot work, by its key.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let Some(side) = self.side() else {
            return Err((
                "services.roles",
                "core-bank runs alone, or with all others; broker, notification, ciam and gateway run in one process",
            ));
        };
        let certificates = ("services.directory", self.directory.is_some());
        let needs = match side {
            Side::Whole => Vec::new(),
            Side::Bank => vec![("services.pubsub", self.pubsub.is_some()), certificates],
            Side::Passbook => vec![
                ("services.core_bank", self.core_bank.is_some()),
                ("services.security_stack", self.security_stack.is_some()),
                certificates,
            ],
        };
        let missing = needs.into_iter().find(|(_, is_there)| !is_there);
        missing.map_or(Ok(()), |(key, _)| {
            Err((
                key,
                "the other side is reached by it: these roles do not run without it",
            ))
        })
    }
}

impl SecurityStack {
    /// Refuses what cannot work, by its key.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.service_brokers.is_empty() {
            return Err((
                "security_stack.service_brokers",
                "without an address of the service broker nothing passes",
            ));
        }
        Ok(())
    }
}
