//! The makers' roots, as the bank configured them.

use crate::certificate::Certificate;
use thiserror::Error;
use x509_cert::der::Encode as _;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// What is wrong with a file of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingError {
    /// It is no PEM file of certificates.
    #[error("it has no certificate in PEM")]
    NoCertificate,
    /// A certificate in it cannot be read.
    #[error("a certificate in it cannot be read")]
    CertificateInvalid,
    /// A certificate in it is none of an authority.
    #[error(
        "a certificate in it is not a root: it does not sign itself, or issues no certificates"
    )]
    NotARoot,
    /// It is no list of revoked certificates.
    #[error("it is no list of Google's format: `{{\"entries\": {{SERIAL: {{\"status\": …}}}}}}`")]
    NotAStatusList,
    /// It is no key of Play Integrity.
    #[error(
        "it is no key in base64: 32 bytes for decrypting, a P-256 SubjectPublicKeyInfo for verifying"
    )]
    NotAKey,
    /// It is no SHA-256 digest.
    #[error("a digest of a signing certificate is 64 hexadecimal digits, perhaps with colons")]
    NotADigest,
    /// It is no package name.
    #[error("a package name has letters, digits, underscores and dots")]
    NotAPackage,
    /// It is no App ID.
    #[error("an App ID is ten letters and digits, a dot, and the bundle's identifier")]
    NotAnAppId,
}

/// A maker's root certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(pub(crate) Certificate);

impl Root {
    /// The roots in a PEM file: one certificate or more.
    pub fn of_pem(file: &[u8]) -> Result<Vec<Self>, SettingError> {
        if !file.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(SettingError::NoCertificate);
        }
        let certificates = x509_cert::Certificate::load_pem_chain(file);
        let certificates = certificates.map_err(|_| SettingError::CertificateInvalid)?;
        let root = |certificate: &x509_cert::Certificate| {
            let der = certificate.to_der();
            let der = der.map_err(|_| SettingError::CertificateInvalid)?;
            let parsed = Certificate::parse(&der).map_err(|_| SettingError::CertificateInvalid)?;
            let is_root = parsed.issuer == parsed.subject
                && parsed.may_issue(0)
                && parsed.is_signed_by(&parsed);
            is_root
                .then_some(Self(parsed))
                .ok_or(SettingError::NotARoot)
        };
        certificates.iter().map(root).collect()
    }
}
