//! Chains of certificates (RFC 5280, 6): from the attested key to a root of the configuration.

use crate::certificate::Certificate;
use crate::finding::Finding;
use crate::revoked::RevokedCertificates;
use crate::root::Root;
use protocol::cbor::Value;
use types::Time;
use x509_cert::der::asn1::ObjectIdentifier;

/// Maximum certificates of a chain. The longest known one has five.
const CHAIN_MAX: usize = 6;

/// A chain that leads to a root, the attested key's certificate first. It does not contain the root.
#[derive(Debug)]
pub(crate) struct Chain(Vec<Certificate>);

impl Chain {
    /// Verifies the chain in `ders`, the attested key's certificate first, at `now`. `known` is the extension with which the
    /// maker describes the key.
    pub(crate) fn verify(
        ders: &[&[u8]],
        roots: &[Root],
        revoked: &RevokedCertificates,
        (known, now): (&ObjectIdentifier, Time),
    ) -> Result<Self, Finding> {
        if ders.is_empty() || ders.len() > CHAIN_MAX {
            return Err(Finding::CertificateInvalid);
        }
        let read = ders.iter().map(|der| Certificate::parse(der));
        let mut chain = read.collect::<Result<Vec<_>, _>>()?;
        // A chain may contain its root, perhaps as it was before the maker renewed it. What counts is the bank's copy.
        let is_root = |last: &Certificate| roots.iter().any(|Root(root)| last.is_renewed(root));
        if chain.len() > 1 && chain.last().is_some_and(is_root) {
            chain.pop();
        }
        let last = chain.last().ok_or(Finding::CertificateInvalid)?;
        let issued = |root: &&Root| root.0.subject == last.issuer && last.is_signed_by(&root.0);
        let Root(root) = roots.iter().find(issued).ok_or(Finding::UntrustedRoot)?;
        let issuers = chain.iter().skip(1).chain([root]);
        for (below, (certificate, issuer)) in (0_u8..).zip(chain.iter().zip(issuers)) {
            if certificate.issuer != issuer.subject || !issuer.may_issue(below) {
                return Err(Finding::IssuerInvalid);
            }
            if !certificate.is_signed_by(issuer) {
                return Err(Finding::SignatureInvalid);
            }
        }
        for certificate in chain.iter().chain([root]) {
            if now < certificate.not_before || now > certificate.not_after {
                return Err(Finding::CertificateExpired);
            }
            if revoked.contains(&certificate.serial) {
                return Err(Finding::CertificateRevoked);
            }
            if certificate.has_unknown_critical(known) {
                return Err(Finding::CertificateInvalid);
            }
        }
        Ok(Self(chain))
    }

    /// The certificate of the attested key.
    pub(crate) fn leaf(&self) -> Result<&Certificate, Finding> {
        self.0.first().ok_or(Finding::CertificateInvalid)
    }

    /// The certificates of the authorities below the root.
    pub(crate) fn authorities(&self) -> impl Iterator<Item = &Certificate> {
        self.0.iter().skip(1)
    }
}

/// The certificates in a CBOR array of byte strings.
pub(crate) fn certificates(chain: Value) -> Option<Vec<Vec<u8>>> {
    let Value::Array(certificates) = chain else {
        return None;
    };
    let der = |value| match value {
        Value::Bytes(der) => Some(der),
        _ => None,
    };
    certificates.into_iter().map(der).collect()
}
