//! TLS 1.3 with a certificate from files, which can be read again while the listener serves.

use crate::EdgeError;
use crate::pem::{H2, HTTP_1_1, read_chain, read_key, tls_failed};
use crate::service_tls::ServiceFiles;
use rustls::ServerConfig;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

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
