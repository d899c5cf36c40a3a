//! TLS 1.3 between services: both sides have certificates of the bank's own authority, with their roles in URI names.

use crate::EdgeError;
use crate::pem::{H2, HTTP_1_1, read_chain, read_key, tls_failed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use types::Hash;
use webpki::EndEntityCert;

/// The scheme of the URI names.
const SCHEME: &str = "passbook://";

/// A role of Passbook's services, as certificates name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceRole {
    /// The core bank and its relay, behind the security stack.
    CoreBank,
    /// The broker and the pub/sub.
    Broker,
    /// notification.
    Notification,
    /// ciam.
    Ciam,
    /// gateway, the service broker.
    Gateway,
}

impl ServiceRole {
    /// All roles.
    pub const ALL: [Self; 5] = [
        Self::CoreBank,
        Self::Broker,
        Self::Notification,
        Self::Ciam,
        Self::Gateway,
    ];

    /// The role's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CoreBank => "core-bank",
            Self::Broker => "broker",
            Self::Notification => "notification",
            Self::Ciam => "ciam",
            Self::Gateway => "gateway",
        }
    }

    /// The DNS name by which callers verify a server of this role, wherever it runs.
    #[must_use]
    pub fn host(self) -> String {
        format!("{}.passbook.internal", self.as_str())
    }
}

/// The text is no name of a service.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no name of a service, such as passbook://gateway/node-1")]
pub struct NotAServiceName(String);

/// The name of a service: its role, and the node on which it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// The role.
    pub role: ServiceRole,
    /// The node.
    pub node: String,
}

impl FromStr for ServiceName {
    type Err = NotAServiceName;

    fn from_str(text: &str) -> Result<Self, NotAServiceName> {
        let is_of_node = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let parts = text
            .strip_prefix(SCHEME)
            .and_then(|name| name.split_once('/'));
        let (role, node) = parts.ok_or_else(|| NotAServiceName(text.to_owned()))?;
        let mut roles = ServiceRole::ALL.into_iter();
        let role = roles.find(|known| known.as_str() == role);
        match role {
            Some(role) if (1..=64).contains(&node.len()) && node.bytes().all(is_of_node) => {
                Ok(Self {
                    role,
                    node: node.to_owned(),
                })
            }
            _ => Err(NotAServiceName(text.to_owned())),
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.role.as_str(), self.node)
    }
}

/// Who sent a request to a listener for services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCaller {
    /// The address.
    pub address: IpAddr,
    /// Whether the request came over TLS.
    pub over_tls: bool,
    /// The client certificate. `None` if the caller has none.
    pub certificate: Option<CallerCertificate>,
}

/// A client certificate that the bank's authority issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerCertificate {
    /// The services that it names.
    pub names: Vec<ServiceName>,
    /// SHA-256 of the certificate.
    pub fingerprint: Hash,
}

impl ServiceCaller {
    /// Whether the certificate names a service of this role.
    #[must_use]
    pub fn has(&self, role: ServiceRole) -> bool {
        let names = self.certificate.iter().flat_map(|one| &one.names);
        names.into_iter().any(|name| name.role == role)
    }
}

/// Decides about connections to a listener for services before a request can be read.
pub trait Door: Send + Sync {
    /// Whether this address may connect.
    fn admits(&self, address: IpAddr) -> bool;

    /// Hears that an address connected without completing the TLS handshake.
    fn handshake_failed(&self, address: IpAddr, problem: &str);
}

/// The door of a listener that admits everybody: the certificates decide.
#[derive(Debug, Clone, Copy)]
pub struct OpenDoor;

impl Door for OpenDoor {
    fn admits(&self, _: IpAddr) -> bool {
        true
    }

    fn handshake_failed(&self, address: IpAddr, problem: &str) {
        tracing::warn!(%address, problem, "a service did not complete the TLS handshake");
    }
}

/// PEM files of a service: the bank's authority, and the service's certificate chain and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFiles {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The service's chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's key.
    pub private_key: PathBuf,
}

impl ServiceFiles {
    /// Checks the files, and that certificate and key belong together. Returns the services that the certificate names.
    pub fn check(&self) -> Result<Vec<ServiceName>, EdgeError> {
        self.connector()?;
        let chain = read_chain(&self.certificate)?;
        Ok(chain.first().map(names).unwrap_or_default())
    }

    /// The TLS of a server. A caller without a certificate is let in, and has none of the roles.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, EdgeError> {
        let (chain, key) = self.identity()?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(self.roots()?.into(), provider.clone())
                .allow_unauthenticated()
                .build()
                .map_err(|error| tls_failed(&self.authority, &error))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|builder| {
                builder
                    .with_client_cert_verifier(verifier)
                    .with_single_cert(chain, key)
            });
        let mut config = config.map_err(|error| tls_failed(&self.certificate, &error))?;
        config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// The TLS of a client, which speaks HTTP/2 alone.
    pub fn connector(&self) -> Result<ClientConfig, EdgeError> {
        let (chain, key) = self.identity()?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map(|builder| {
                builder
                    .with_root_certificates(self.roots()?)
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| tls_failed(&self.certificate, &error))
            });
        let mut config = config.map_err(|error| tls_failed(&self.certificate, &error))??;
        config.alpn_protocols = vec![H2.to_vec()];
        Ok(config)
    }

    fn identity(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), EdgeError> {
        Ok((read_chain(&self.certificate)?, read_key(&self.private_key)?))
    }

    fn roots(&self) -> Result<RootCertStore, EdgeError> {
        let mut roots = RootCertStore::empty();
        for certificate in read_chain(&self.authority)? {
            let added = roots.add(certificate);
            added.map_err(|error| tls_failed(&self.authority, &error))?;
        }
        Ok(roots)
    }
}

/// The caller at the other end of a connection.
pub(crate) fn caller(address: IpAddr, chain: Option<&[CertificateDer<'_>]>) -> ServiceCaller {
    let leaf = chain.and_then(<[_]>::first);
    ServiceCaller {
        address,
        over_tls: true,
        certificate: leaf.map(|leaf| CallerCertificate {
            names: names(leaf),
            fingerprint: Hash::of(leaf),
        }),
    }
}

fn names(certificate: &CertificateDer<'_>) -> Vec<ServiceName> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let names = certificate.valid_uri_names();
    names.filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_role_and_node() {
        for role in ServiceRole::ALL {
            let name = ServiceName {
                role,
                node: "node-1".to_owned(),
            };
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for other in [
            "passbook://gateway",
            "passbook://gateway/",
            "passbook://gateway/a/b",
            "passbook://Gateway/a",
            "passbook://console/a",
            "https://gateway/a",
        ] {
            assert!(other.parse::<ServiceName>().is_err(), "{other}");
        }
    }
}
