//! TLS 1.3 with a certificate from files, which can be read again while the listener serves.

use crate::EdgeError;
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
        let failed = |path: &Path, problem: String| EdgeError::Tls {
            path: path.into(),
            problem,
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(&self.certificate, error.to_string()))?;
        let key = PrivateKeyDer::from_pem_file(&self.private_key)
            .map_err(|error| failed(&self.private_key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| failed(&self.certificate, error.to_string()))?;
        config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// The certificate that a listener presents. All clones share it.
#[derive(Clone)]
pub struct Certificate {
    files: TlsFiles,
    presented: Arc<watch::Sender<TlsAcceptor>>,
}

impl Certificate {
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, EdgeError> {
        Ok(Self {
            presented: Arc::new(watch::Sender::new(files.acceptor()?)),
            files: files.clone(),
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
