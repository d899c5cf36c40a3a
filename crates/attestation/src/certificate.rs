//! One X.509 certificate (RFC 5280), with what a chain needs of it.

use crate::der::{Node, first_of_sequence};
use crate::finding::Finding;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use types::{PublicKey, Time};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// The public key of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    /// An uncompressed or compressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    /// An RSAPublicKey (RFC 8017, A.1.1).
    Rsa(Vec<u8>),
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Extension {
    id: ObjectIdentifier,
    critical: bool,
    value: Vec<u8>,
}

/// A certificate that was read. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The bytes that the issuer signed.
    signed: Vec<u8>,
    algorithm: ObjectIdentifier,
    signature: Vec<u8>,
    key: Key,
    extensions: Vec<Extension>,
    authority: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
    /// The serial number, big-endian.
    pub(crate) serial: Vec<u8>,
    /// The names, in DER.
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: Time,
    pub(crate) not_after: Time,
}

impl Certificate {
    /// Reads a certificate of version 3 in DER.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, Finding> {
        Self::read(der).ok_or(Finding::CertificateInvalid)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let signed = certificate.tbs_certificate();
        let algorithm = certificate.signature_algorithm();
        let validity = signed.validity();
        let ms = |time: x509_cert::time::Time| {
            u64::try_from(time.to_unix_duration().as_millis()).map(Time::from_ms)
        };
        let mut read = Self {
            signed: first_of_sequence(der)?.to_vec(),
            algorithm: algorithm.oid,
            signature: certificate.signature().as_bytes()?.to_vec(),
            key: key(signed.subject_public_key_info()),
            extensions: Vec::new(),
            authority: None,
            usage: None,
            serial: signed.serial_number().as_bytes().to_vec(),
            issuer: signed.issuer().to_der().ok()?,
            subject: signed.subject().to_der().ok()?,
            not_before: ms(validity.not_before).ok()?,
            not_after: ms(validity.not_after).ok()?,
        };
        // RFC 5280, 4.1.1.2: both name one algorithm, of which only the inner one is signed.
        if signed.signature() != algorithm || !has_plain_parameters(algorithm) {
            return None;
        }
        for extension in signed.extensions().into_iter().flatten() {
            let value = extension.extn_value.as_bytes();
            if read.extension(&extension.extn_id).is_some() {
                return None;
            }
            match extension.extn_id {
                BASIC_CONSTRAINTS => read.authority = Some(BasicConstraints::from_der(value).ok()?),
                KEY_USAGE => read.usage = Some(KeyUsage::from_der(value).ok()?),
                _ => {}
            }
            read.extensions.push(Extension {
                id: extension.extn_id,
                critical: extension.critical,
                value: value.to_vec(),
            });
        }
        Some(read)
    }

    /// Whether the key of `issuer` signed this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (algorithm, key): (&dyn VerificationAlgorithm, _) = match (&issuer.key, self.algorithm)
        {
            (Key::P256(key), ECDSA_SHA256) => (&ECDSA_P256_SHA256_ASN1, key),
            (Key::P256(key), ECDSA_SHA384) => (&ECDSA_P256_SHA384_ASN1, key),
            (Key::P384(key), ECDSA_SHA256) => (&ECDSA_P384_SHA256_ASN1, key),
            (Key::P384(key), ECDSA_SHA384) => (&ECDSA_P384_SHA384_ASN1, key),
            (Key::Rsa(key), RSA_SHA256) => (&RSA_PKCS1_2048_8192_SHA256, key),
            (Key::Rsa(key), RSA_SHA384) => (&RSA_PKCS1_2048_8192_SHA384, key),
            (Key::Rsa(key), RSA_SHA512) => (&RSA_PKCS1_2048_8192_SHA512, key),
            _ => return false,
        };
        let key = UnparsedPublicKey::new(algorithm, key);
        key.verify(&self.signed, &self.signature).is_ok()
    }

    /// Whether it may issue a certificate below which there are `below` further authorities.
    pub(crate) fn may_issue(&self, below: u8) -> bool {
        let Some(authority) = &self.authority else {
            return false;
        };
        let signs = self.usage.is_none_or(|usage| usage.key_cert_sign());
        let reaches = authority
            .path_len_constraint
            .is_none_or(|longest| below <= longest);
        authority.ca && signs && reaches
    }

    /// Whether it has the key and the name of `other`.
    pub(crate) fn is_renewed(&self, other: &Self) -> bool {
        self.key == other.key && self.subject == other.subject && self.key != Key::Other
    }

    /// The key, if it is of P-256.
    pub(crate) fn p256(&self) -> Option<PublicKey> {
        match &self.key {
            Key::P256(point) => PublicKey::try_from(point.as_slice()).ok(),
            _ => None,
        }
    }

    /// The value of an extension.
    pub(crate) fn extension(&self, id: &ObjectIdentifier) -> Option<&[u8]> {
        let found = self.extensions.iter().find(|extension| extension.id == *id);
        found.map(|extension| extension.value.as_slice())
    }

    /// Whether it has a critical extension beside those that every reader of chains knows and `known`.
    pub(crate) fn has_unknown_critical(&self, known: &ObjectIdentifier) -> bool {
        let is_known = |id: &ObjectIdentifier| [BASIC_CONSTRAINTS, KEY_USAGE, *known].contains(id);
        let mut extensions = self.extensions.iter();
        extensions.any(|extension| extension.critical && !is_known(&extension.id))
    }
}

/// RFC 5758, 3.2, and RFC 4055, 5: no parameters with ECDSA, and NULL or none with RSA.
fn has_plain_parameters(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm
        .parameters
        .as_ref()
        .is_none_or(|any| any.is_null())
}

fn key(info: &SubjectPublicKeyInfoOwned) -> Key {
    let Some(bits) = info.subject_public_key.as_bytes() else {
        return Key::Other;
    };
    let parameters = info.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match (info.algorithm.oid, curve) {
        (EC_PUBLIC_KEY, Some(P256)) => Key::P256(bits.to_vec()),
        (EC_PUBLIC_KEY, Some(P384)) => Key::P384(bits.to_vec()),
        (RSA, None) => Key::Rsa(bits.to_vec()),
        _ => Key::Other,
    }
}

/// The P-256 key in a SubjectPublicKeyInfo (RFC 5480).
pub(crate) fn p256_of_info(der: &[u8]) -> Option<PublicKey> {
    let info = SubjectPublicKeyInfoOwned::from_der(der).ok()?;
    match key(&info) {
        Key::P256(point) => PublicKey::try_from(point.as_slice()).ok(),
        _ => None,
    }
}

/// The one OCTET STRING in a SEQUENCE with an explicit tag, as Apple's extension has it.
pub(crate) fn tagged_octets(value: &[u8]) -> Option<&[u8]> {
    let values = Node::parse(value)?.sequence()?;
    let [only] = values.as_slice() else {
        return None;
    };
    let (_, inner) = only.explicit()?;
    inner.octets()
}
