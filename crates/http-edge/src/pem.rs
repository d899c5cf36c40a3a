//! Certificates and keys in PEM files, and the protocols over TLS.

use crate::EdgeError;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;

/// The protocols that a client can choose (RFC 7301, ALPN).
pub(crate) const H2: &[u8] = b"h2";
pub(crate) const HTTP_1_1: &[u8] = b"http/1.1";

/// An error about a file.
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
