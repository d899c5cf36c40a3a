//! A certificate before it is signed.

use crate::der::{
    BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, SET, UTC_TIME, UTF8_STRING, write,
    write_all, write_explicit, write_unsigned,
};
use envelope::{Signer, SigningFailed};
use types::{BusinessDate, PublicKey, Time};
use webauthn::in_asn1;
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::ObjectIdentifier;

const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// A certificate before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) serial: u64,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) key: PublicKey,
    /// The first and the last day. The certificate is valid to the end of the latter.
    pub(crate) valid: (Time, Time),
    /// Identifier, whether it is critical, and value.
    pub(crate) extensions: Vec<(ObjectIdentifier, bool, Vec<u8>)>,
}

impl Draft {
    /// An authority that signs itself.
    pub(crate) fn authority(name: &str, key: &PublicKey, valid: (Time, Time)) -> Self {
        let is_authority = write_all(SEQUENCE, &[write(BOOLEAN, &[0xff])]);
        let signs_certificates = write(BIT_STRING, &[2, 0x04]);
        Self {
            serial: 1,
            issuer: name.to_owned(),
            subject: name.to_owned(),
            key: *key,
            valid,
            extensions: vec![
                (BASIC_CONSTRAINTS, true, is_authority),
                (KEY_USAGE, true, signs_certificates),
            ],
        }
    }

    /// The certificate of an attested key.
    pub(crate) fn of_key(issuer: &str, key: &PublicKey, valid: (Time, Time)) -> Self {
        Self {
            serial: 1,
            issuer: issuer.to_owned(),
            subject: "Android Keystore Key".to_owned(),
            key: *key,
            valid,
            extensions: Vec::new(),
        }
    }

    /// The certificate in DER, signed by the issuer.
    pub(crate) fn sign(&self, issuer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        let algorithm = write_all(SEQUENCE, &[oid(&ECDSA_SHA256)]);
        let of_key = write_all(SEQUENCE, &[oid(&EC_PUBLIC_KEY), oid(&P256)]);
        let key = [
            of_key,
            write(BIT_STRING, &[&[0], self.key.as_bytes().as_slice()].concat()),
        ];
        let (from, until) = self.valid;
        let extensions: Vec<_> = self.extensions.iter().map(extension).collect();
        let mut fields = vec![
            write_explicit(0, &write_unsigned(INTEGER, 2)),
            write_unsigned(INTEGER, self.serial),
            algorithm.clone(),
            name(&self.issuer),
            write_all(SEQUENCE, &[day(from, "000000Z"), day(until, "235959Z")]),
            name(&self.subject),
            write_all(SEQUENCE, &key),
        ];
        if !extensions.is_empty() {
            fields.push(write_explicit(3, &write_all(SEQUENCE, &extensions)));
        }
        let signed = write_all(SEQUENCE, &fields);
        let signature = in_asn1(&issuer.sign(&signed)?);
        let signature = write(BIT_STRING, &[&[0], signature.as_slice()].concat());
        Ok(write_all(SEQUENCE, &[signed, algorithm, signature]))
    }
}

fn oid(id: &ObjectIdentifier) -> Vec<u8> {
    id.to_der().unwrap_or_default()
}

fn name(common: &str) -> Vec<u8> {
    let attribute = [oid(&COMMON_NAME), write(UTF8_STRING, common.as_bytes())];
    let relative = write_all(SET, &[write_all(SEQUENCE, &attribute)]);
    write_all(SEQUENCE, &[relative])
}

/// A time of day in the years 1950 to 2049 (RFC 5280, 4.1.2.5.1).
fn day(time: Time, of_day: &str) -> Vec<u8> {
    let date = BusinessDate::of_utc(time).to_string().replace('-', "");
    let short = date.get(2..).unwrap_or_default();
    write(UTC_TIME, format!("{short}{of_day}").as_bytes())
}

fn extension((id, critical, value): &(ObjectIdentifier, bool, Vec<u8>)) -> Vec<u8> {
    let mut fields = vec![oid(id)];
    if *critical {
        fields.push(write(BOOLEAN, &[0xff]));
    }
    fields.push(write(OCTET_STRING, value));
    write_all(SEQUENCE, &fields)
}
