//! Each check of the verifiers, with attestations that a test's own roots sign.

mod android;
mod app_attest;
mod mutated;
mod play;
mod published;
mod settings;

use crate::proven::Expected;
use crate::root::Root;
use crate::software::draft::Draft;
use crate::verifiers::Verifiers;
use envelope::{Signer as _, SoftwareKey};
use types::{AttestationFormat, Hash, Time};
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode as _, EncodePem as _};

const NOW: Time = Time::from_ms(1_790_000_000_000);
const DAY_MS: u64 = 86_400_000;
const ROOT: &str = "A maker's root";
const MAKER: &str = "A maker's authority";

/// The keys of the roles in these tests.
fn key(label: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[label; 32]).unwrap()
}

const ROOT_KEY: u8 = 1;
const MAKER_KEY: u8 = 2;

fn root_key() -> SoftwareKey {
    key(ROOT_KEY)
}

fn maker_key() -> SoftwareKey {
    key(MAKER_KEY)
}

fn session_key() -> SoftwareKey {
    key(3)
}

fn approval_key() -> SoftwareKey {
    key(4)
}

/// A year before and after [`NOW`].
fn valid() -> (Time, Time) {
    (NOW.minus_ms(365 * DAY_MS), NOW.plus_ms(365 * DAY_MS))
}

fn root() -> Draft {
    Draft::authority(ROOT, root_key().public_key(), valid())
}

/// The maker's authority, which the root issued.
fn maker() -> Draft {
    Draft {
        issuer: ROOT.to_owned(),
        serial: 0xfe,
        ..Draft::authority(MAKER, maker_key().public_key(), valid())
    }
}

fn pem(der: &[u8]) -> Vec<u8> {
    let certificate = x509_cert::Certificate::from_der(der).unwrap();
    certificate.to_pem(LineEnding::LF).unwrap().into_bytes()
}

fn roots() -> Vec<Root> {
    Root::of_pem(&pem(&root().sign(&root_key()).unwrap())).unwrap()
}

fn expected() -> Expected {
    Expected {
        challenge: Hash::of(b"a challenge"),
        session: *session_key().public_key(),
        approval: *approval_key().public_key(),
        given: NOW.minus_ms(60_000),
    }
}

/// The verdict at [`NOW`], as text.
fn verdict(verifiers: &Verifiers, format: AttestationFormat, object: &[u8]) -> String {
    verifiers
        .verify(format, object, &expected(), NOW)
        .to_string()
}
