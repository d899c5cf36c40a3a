//! Whom carriers trust.

use super::SetupError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The certificates in a PEM text, one at least.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|error| SetupError::new("roots", error))?;
    match certificates.is_empty() {
        true => Err(SetupError::new("roots", "no certificate")),
        false => Ok(certificates),
    }
}

/// A client that trusts these authorities, or the system's.
pub(crate) fn client_config(roots: Option<&[u8]>) -> Result<ClientConfig, SetupError> {
    let roots = match roots {
        Some(pem) => certificates(pem)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(roots);
    if added == 0 {
        return Err(SetupError::new("roots", "no authority is trusted"));
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::new("roots", error))?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}
