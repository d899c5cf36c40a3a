//! TLS 1.3 with a certificate from files, which can be read again while the listener serves.

use crate::EdgeError;
use crate::service_tls::ServiceFiles;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The protocols that a client can choose (RFC 7301, ALPN).
pub(crate) const H2: &[u8] = b"h2";
pub(crate) const HTTP_1_1: &[u8] = b"http/1.1";

/// PEM files of a certificate chain and its private key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's key.
    pub private_key: PathBuf,
}

impl TlsFiles {
    /// Checks both files, and that they belong together.
    pub fn check(&self) -> Result<(), EdgeError> {
        self.acceptor().map(drop)
    }

    fn acceptor(&self) -> Result<TlsAcceptor, EdgeError> {
        let (chain, key) = (read_chain(&self.certificate)?, read_key(&self.private_key)?);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| tls_failed(&self.certificate, &error))?;
        config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

pub(crate) fn tls_failed(path: &Path, problem: &impl std::fmt::Display) -> EdgeError {
    EdgeError::Tls {
        path: path.into(),
        problem: problem.to_string(),
    }
}

/// The certificates in a PEM file.
pub(crate) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, EdgeError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| tls_failed(path, &error))
}

/// The private key in a PEM file.
pub(crate) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, EdgeError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| tls_failed(path, &error))
}

/// The files from which a listener's TLS is made.
#[derive(Clone)]
pub(crate) enum PresentedFiles {
    Public(TlsFiles),
    Services(ServiceFiles),
}

impl PresentedFiles {
    fn acceptor(&self) -> Result<TlsAcceptor, EdgeError> {
        match self {
            Self::Public(files) => files.acceptor(),
            Self::Services(files) => files.acceptor(),
        }
    }
}

/// The certificate that a listener presents. All clones share it.
#[derive(Clone)]
pub struct Certificate {
    files: PresentedFiles,
    presented: Arc<watch::Sender<TlsAcceptor>>,
}

impl Certificate {
    pub(crate) fn read(files: PresentedFiles) -> Result<Self, EdgeError> {
        Ok(Self {
            presented: Arc::new(watch::Sender::new(files.acceptor()?)),
            files,
        })
    }

    /// Reads the files again. New connections get the new certificate and cannot resume sessions of the previous one. Open
    /// connections continue. After an error the listener presents the previous certificate.
    pub fn reload(&self) -> Result<(), EdgeError> {
        self.presented.send_replace(self.files.acceptor()?);
        Ok(())
    }

    /// Accepts the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.presented.borrow().clone()
    }
}
