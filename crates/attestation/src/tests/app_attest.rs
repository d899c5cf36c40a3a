//! Apple App Attest.

use super::{DAY_MS, MAKER, NOW, expected, key, maker, maker_key, root_key, roots, valid};
use crate::app_attest::{APP_ATTEST, AppAttest, DEVELOPMENT, NONCE, PRODUCTION};
use crate::der::{OCTET_STRING, SEQUENCE, write, write_all, write_explicit};
use crate::proven::Expected;
use crate::software::draft::Draft;
use crate::verifiers::Verifiers;
use envelope::{Signer as _, SoftwareKey};
use protocol::cbor::{Key, Map, Value, encode};
use types::{AttestationFormat, Hash, PublicKey};

const APP_ID: &str = "TEAM123456.example.bank";

pub(super) fn verifier() -> Verifiers {
    let verifier = AppAttest::new(roots(), &[APP_ID.to_owned()]);
    Verifiers {
        app_attest: Some(verifier.unwrap()),
        ..Verifiers::default()
    }
}

/// What an attestation is made from.
struct Made {
    app_id: String,
    counter: u32,
    environment: [u8; 16],
    /// The key that the certificate has, and the one that the credential names.
    certified: SoftwareKey,
    named: PublicKey,
    client_data_hash: Hash,
    format: String,
    issuer: SoftwareKey,
    valid: (types::Time, types::Time),
}

impl Made {
    fn good() -> Self {
        Self {
            app_id: APP_ID.to_owned(),
            counter: 0,
            environment: *PRODUCTION,
            certified: key(5),
            named: *key(5).public_key(),
            client_data_hash: expected().challenge,
            format: APP_ATTEST.to_owned(),
            issuer: maker_key(),
            valid: valid(),
        }
    }

    fn object(&self) -> Vec<u8> {
        let point = self.named.as_bytes();
        let (x, y) = point[1..].split_at(32);
        let cose = [
            (Key::Unsigned(1), Value::Unsigned(2)),
            (Key::Unsigned(3), Value::Negative(6)),
            (Key::Negative(0), Value::Unsigned(1)),
            (Key::Negative(1), Value::from(x)),
            (Key::Negative(2), Value::from(y)),
        ];
        let id = Hash::of(point);
        let data = [
            Hash::of(self.app_id.as_bytes()).as_bytes().as_slice(),
            &[0x40],
            &self.counter.to_be_bytes(),
            &self.environment,
            &[0, 32],
            id.as_bytes(),
            &encode(&Value::Map(Map::from(cose))),
        ]
        .concat();
        let signed = [data.as_slice(), self.client_data_hash.as_bytes()].concat();
        let nonce = write(OCTET_STRING, Hash::of(&signed).as_bytes());
        let nonce = write_all(SEQUENCE, &[write_explicit(1, &nonce)]);
        let mut leaf = Draft::of_key(MAKER, self.certified.public_key(), self.valid);
        leaf.extensions.push((NONCE, false, nonce));
        let chain = [leaf.sign(&self.issuer), maker().sign(&root_key())];
        let chain = chain.map(|der| Value::Bytes(der.unwrap()));
        let statement = [
            (Key::from("x5c"), Value::Array(chain.to_vec())),
            (Key::from("receipt"), Value::from(b"a receipt".as_slice())),
        ];
        let members = [
            (Key::from("fmt"), Value::from(self.format.as_str())),
            (Key::from("attStmt"), Value::Map(Map::from(statement))),
            (Key::from("authData"), Value::Bytes(data)),
        ];
        encode(&Value::Map(Map::from(members)))
    }
}

pub(super) fn good() -> Vec<u8> {
    Made::good().object()
}

fn check(expected: &str, change: impl FnOnce(&mut Made)) {
    let mut made = Made::good();
    change(&mut made);
    let format = AttestationFormat::AppAttest;
    assert_eq!(
        super::verdict(&verifier(), format, &made.object()),
        expected
    );
}

#[test]
fn each_of_apples_steps_is_taken() {
    check("hardware app_attest trusted_environment", |_| {});
    check("basic app_attest development", |made| {
        made.environment = *DEVELOPMENT;
    });
    check("none app_attest malformed", |made| {
        made.environment = [0; 16]
    });
    check("none app_attest another_challenge", |made| {
        made.client_data_hash = Hash::of(b"other client data");
    });
    check("none app_attest another_app", |made| {
        made.app_id = "TEAM123456.example.thief".to_owned();
    });
    check("none app_attest counter_not_zero", |made| made.counter = 1);
    check("none app_attest another_credential", |made| {
        made.named = *key(6).public_key();
    });
    check("none app_attest malformed", |made| {
        made.format = "packed".to_owned();
    });
    check("none app_attest signature_invalid", |made| {
        made.issuer = key(9);
    });
    check("none app_attest certificate_expired", |made| {
        made.valid = (NOW.minus_ms(9 * DAY_MS), NOW.minus_ms(2 * DAY_MS));
    });
}

#[test]
fn an_attestation_serves_no_other_enrolment() {
    let other = Expected {
        challenge: Hash::of(b"of another enrolment, or of other keys"),
        ..expected()
    };
    let verdict = verifier().verify(AttestationFormat::AppAttest, &good(), &other, NOW);
    assert_eq!(verdict.to_string(), "none app_attest another_challenge");
}
