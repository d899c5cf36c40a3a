//! The header of a data package, and the check of its answer.

use crate::problem::NoAnswer;
use envelope::{AnswerMac, ClientSession, PackageMac, ServerKey};
use http::{HeaderMap, HeaderName, HeaderValue};
use protocol::package::{
    CLIENT_SESSION, Concerned, LAYERS, LayerVerdict, SERVER_KEY, SERVER_SESSION, TRANSACTION,
};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use types::{Clock, PackageId, base64url};

/// Gives the server key that is in use now.
pub type CurrentKey = Arc<dyn Fn() -> ServerKey + Send + Sync>;

/// Makes the packages for a bank behind a security stack.
#[derive(Clone)]
pub struct Packages {
    key: CurrentKey,
    bank: IpAddr,
    clock: Clock,
}

impl fmt::Debug for Packages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packages")
            .field("bank", &self.bank)
            .finish_non_exhaustive()
    }
}

/// A package that was made, to which an answer has to fit.
pub(crate) struct Package {
    id: PackageId,
    key: ServerKey,
    mac: Vec<u8>,
    pub(crate) headers: HeaderMap,
}

impl Packages {
    /// Makes packages with `key`, for the bank at `bank`.
    #[must_use]
    pub fn new(key: CurrentKey, bank: IpAddr, clock: Clock) -> Self {
        Self { key, bank, clock }
    }

    /// The bank's address.
    pub(crate) const fn bank(&self) -> IpAddr {
        self.bank
    }

    pub(crate) fn pack(
        &self,
        path: &str,
        concerned: Concerned,
        body: &[u8],
    ) -> Result<Package, NoAnswer> {
        let (mut random, mut iv) = ([0; 10], [0; 12]);
        getrandom::fill(&mut random).map_err(NoAnswer::Random)?;
        getrandom::fill(&mut iv).map_err(NoAnswer::Random)?;
        let (key, issued) = ((self.key)(), (self.clock)());
        let id = PackageId::at(issued, random);
        let session = ClientSession {
            package: id,
            concerned,
            issued,
        };
        let client_session = key
            .seal(&session, &iv)
            .map_err(|error| NoAnswer::Package(Box::new(error)))?;
        let mac = PackageMac {
            package: id,
            path,
            client_session: &client_session,
            body,
        };
        let mac = mac.made_with(&key);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (TRANSACTION, id.to_string()),
            (CLIENT_SESSION, base64url::encode(&client_session)),
            (SERVER_KEY, key.expose().to_string()),
            (SERVER_SESSION, base64url::encode(&mac)),
        ] {
            let value = HeaderValue::try_from(value);
            let mut value = value.map_err(|error| NoAnswer::Package(Box::new(error)))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Package {
            id,
            key,
            mac,
            headers,
        })
    }
}

impl Package {
    /// Checks that the answer was made for this package by who has the key, and that every layer let the package pass.
    pub(crate) fn check(
        &self,
        (status, headers): (u16, &HeaderMap),
        body: &[u8],
    ) -> Result<(), NoAnswer> {
        let layers = headers.get(LAYERS).map_or(&[][..], HeaderValue::as_bytes);
        let mac = headers.get(SERVER_SESSION);
        let mac = mac.and_then(|mac| base64url::decode(mac.to_str().ok()?).ok());
        let Some(mac) = mac else {
            return Err(NoAnswer::Stopped(stopped(layers)));
        };
        let answer = AnswerMac {
            package: self.id,
            of: &self.mac,
            status,
            layers,
            body,
        };
        if !answer.matches(&self.key, &mac) {
            return Err(NoAnswer::AnotherAnswer);
        }
        let verdicts: Vec<LayerVerdict> =
            protocol::json::from_slice(layers).map_err(NoAnswer::shape)?;
        if verdicts.len() == 4 && verdicts.iter().all(|verdict| verdict.passed) {
            Ok(())
        } else {
            Err(NoAnswer::Stopped(stopped(layers)))
        }
    }
}

/// What stopped a package, for the log. Nobody vouches for it.
fn stopped(layers: &[u8]) -> String {
    let verdicts: Vec<LayerVerdict> = protocol::json::from_slice(layers).unwrap_or_default();
    let failed = verdicts.iter().find(|verdict| !verdict.passed);
    failed.map_or_else(
        || "it does not say why".to_owned(),
        |verdict| format!("layer {}", verdict.layer),
    )
}
