//! Apple App Attest, as
//! <https://developer.apple.com/documentation/devicecheck/validating-apps-that-connect-to-your-server> describes it.

use crate::certificate::tagged_octets;
use crate::chain::{Chain, certificates};
use crate::finding::Finding;
use crate::proven::{Expected, Proven};
use crate::revoked::RevokedCertificates;
use crate::root::{Root, SettingError};
use protocol::cbor::{Key, Value, decode};
use std::collections::BTreeSet;
use types::{Hash, Time};
use webauthn::AuthenticatorData;
use x509_cert::der::asn1::ObjectIdentifier;

/// The format in an attestation object.
pub(crate) const APP_ATTEST: &str = "apple-appattest";

/// The extension with the nonce.
pub(crate) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");

/// The AAGUIDs of Apple's two environments.
pub(crate) const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";
pub(crate) const DEVELOPMENT: &[u8; 16] = b"appattestdevelop";

/// What the bank accepts of App Attest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppAttest {
    /// Apple's roots for App Attest.
    roots: Vec<Root>,
    /// SHA-256 of the bank's App IDs.
    apps: BTreeSet<Hash>,
}

impl AppAttest {
    /// The apps with these App IDs: the team's identifier, a dot, and the bundle's identifier.
    pub fn new(roots: Vec<Root>, app_ids: &[String]) -> Result<Self, SettingError> {
        let is_app_id = |id: &String| {
            let (team, bundle) = id.split_once('.')?;
            let of_team = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            let of_bundle = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
            let is_valid = team.len() == 10
                && team.bytes().all(of_team)
                && !bundle.is_empty()
                && bundle.bytes().all(of_bundle);
            is_valid.then(|| Hash::of(id.as_bytes()))
        };
        let apps = app_ids
            .iter()
            .map(is_app_id)
            .collect::<Option<BTreeSet<_>>>();
        let apps = apps.filter(|apps| !apps.is_empty());
        Ok(Self {
            roots,
            apps: apps.ok_or(SettingError::NotAnAppId)?,
        })
    }

    /// `object` is the attestation object that iOS returns for the challenge's hash as `clientDataHash`.
    pub(crate) fn verify(
        &self,
        object: &[u8],
        expected: &Expected,
        now: Time,
    ) -> Result<Proven, Finding> {
        let (chain, authenticator_data) = parts(object).ok_or(Finding::Malformed)?;
        let ders: Vec<_> = chain.iter().map(Vec::as_slice).collect();
        let revoked = RevokedCertificates::default();
        let chain = Chain::verify(&ders, &self.roots, &revoked, (&NONCE, now))?;
        let leaf = chain.leaf()?;
        let nonce = leaf.extension(&NONCE).and_then(tagged_octets);
        let nonce = nonce.ok_or(Finding::Malformed)?;
        let client_data_hash = expected.challenge.as_bytes().as_slice();
        let signed = [authenticator_data.as_slice(), client_data_hash].concat();
        if nonce != Hash::of(&signed).as_bytes() {
            return Err(Finding::AnotherChallenge);
        }
        let data = AuthenticatorData::parse(&authenticator_data);
        let data = data.map_err(|_| Finding::Malformed)?;
        if !self.apps.contains(&data.relying_party) {
            return Err(Finding::AnotherApp);
        }
        if data.counter != 0 {
            return Err(Finding::CounterNotZero);
        }
        let credential = data.attested.ok_or(Finding::Malformed)?;
        let key = leaf.p256().ok_or(Finding::Malformed)?;
        if credential.id != Hash::of(key.as_bytes()).as_bytes() {
            return Err(Finding::AnotherCredential);
        }
        let missing = match &credential.aaguid {
            PRODUCTION => Vec::new(),
            DEVELOPMENT => vec![Finding::Development],
            _ => return Err(Finding::Malformed),
        };
        Ok(Proven::unless(missing, Finding::TrustedEnvironment))
    }
}

/// The certificates and the authenticator data of an attestation object (WebAuthn Level 3, 6.5.4).
fn parts(object: &[u8]) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
    let Ok(Value::Map(mut members)) = decode(object) else {
        return None;
    };
    let mut take = |name: &str| members.remove(&Key::from(name));
    let (format, statement, data) = (take("fmt")?, take("attStmt")?, take("authData")?);
    let (Value::Map(mut statement), Value::Bytes(data)) = (statement, data) else {
        return None;
    };
    if format.as_text() != Some(APP_ATTEST) {
        return None;
    }
    let chain = certificates(statement.remove(&Key::from("x5c"))?)?;
    Some((chain, data))
}
