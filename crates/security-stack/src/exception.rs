//! The exception record: everything that is known of a package that did not pass.

use crate::Presented;
use crate::stop::Stop;
use protocol::package::{Concerned, Layer};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use types::{DeviceId, Hash, IntentId, Time, hex};

/// What a record keeps of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// The services that its certificate names, and the certificate's fingerprint.
    pub certificate: Option<(Vec<String>, String)>,
    /// Method and path. Absent if no request was read.
    pub request: Option<(String, String)>,
    /// The fields of the header, without keys and variables.
    pub fields: Vec<(String, String)>,
    /// The length of the body in bytes, and its SHA-256.
    pub body: Option<(usize, String)>,
    /// The customer whom the session variable names.
    pub customer: Option<String>,
    /// The device that it names.
    pub device: Option<DeviceId>,
    /// The order that it names.
    pub order: Option<IntentId>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionRecord {
    /// Its number.
    pub number: u64,
    /// When.
    pub time: Time,
    /// The layer that stopped the package. `None` if the firewall rejected it.
    pub layer: Option<Layer>,
    /// Why, in words for administrators.
    pub reason: String,
    /// The address.
    pub address: IpAddr,
    /// What it saw.
    pub seen: Seen,
}

impl Seen {
    /// Nothing but an address is known: no handshake came about.
    pub(crate) const fn nothing() -> Self {
        Self {
            over_tls: false,
            certificate: None,
            request: None,
            fields: Vec::new(),
            body: None,
            customer: None,
            device: None,
            order: None,
        }
    }

    pub(crate) fn of(presented: &Presented<'_>, stop: &Stop) -> Self {
        let certificate = presented.caller.certificate.as_ref().map(|certificate| {
            let names = certificate.names.iter().map(ToString::to_string).collect();
            (names, hex::encode(certificate.fingerprint.as_bytes()))
        });
        let none = Concerned::default();
        let concerned = stop.concerned.as_ref().unwrap_or(&none);
        Self {
            over_tls: presented.caller.over_tls,
            certificate,
            request: Some((
                presented.method.to_owned(),
                presented.path.chars().take(200).collect(),
            )),
            fields: presented.recorded_fields(),
            body: Some((
                presented.body.len(),
                hex::encode(Hash::of(presented.body).as_bytes()),
            )),
            customer: concerned.customer.as_ref().map(ToString::to_string),
            device: concerned.device,
            order: concerned.order,
        }
    }
}
