//! Bodies of the operator's routes for the security stack and the service broker's server keys.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use types::{Hash, Time};

/// The service broker's server keys, each as the bank's operator adds it: its hash and the key derived from it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerKeysAnswer {
    /// The key in use.
    pub current: String,
    /// The next key, if one was made.
    pub next: Option<String>,
}

/// The body of `POST /v1/operator/stack/keys`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddServerKey {
    /// What the service broker prints of the key.
    pub key: String,
}

/// The keys that the security stack accepts, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidServerKeys {
    /// SHA-256 of each key.
    pub keys: Vec<Hash>,
}

/// The newest exception records of the security stack, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionList {
    /// The records.
    pub exceptions: Vec<serde_json::Value>,
}

/// An address that may not connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisallowedAddress {
    /// The address.
    pub address: IpAddr,
    /// Since when, in milliseconds since 1970.
    pub since: Time,
    /// The number of the exception record.
    pub exception: u64,
}

/// The addresses that may not connect, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisallowedAddresses {
    /// The addresses.
    pub addresses: Vec<DisallowedAddress>,
}

/// The body of `POST /v1/operator/stack/disallowed`: lets an address connect again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseAddress {
    /// The address.
    pub address: IpAddr,
    /// The person who reviewed it.
    pub by: String,
    /// Why it may connect again.
    pub reason: String,
}

/// The answer to a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedAddress {
    /// The address.
    pub address: IpAddr,
}

redacted!(ServerKeysAnswer, AddServerKey);
