//! Android Key Attestation.

use super::{
    DAY_MS, MAKER, MAKER_KEY, NOW, ROOT, ROOT_KEY, approval_key, expected, key, maker, root, roots,
    session_key, valid,
};
use crate::android_key::{AndroidApp, AndroidKey};
use crate::key_description::{Application, Boot, KEY_DESCRIPTION, KeyDescription, SecurityLevel};
use crate::proven::Expected;
use crate::revoked::RevokedCertificates;
use crate::software::draft::Draft;
use crate::verifiers::Verifiers;
use envelope::Signer as _;
use protocol::cbor::{Value, encode};
use types::{AttestationFormat, Hash, PublicKey, hex};

const PACKAGE: &str = "example.bank";

fn digest() -> Vec<u8> {
    vec![7; 32]
}

pub(super) fn verifier() -> Verifiers {
    let app = AndroidApp::new(PACKAGE, &[hex::encode(&digest())]).unwrap();
    Verifiers {
        android_key: Some(AndroidKey {
            roots: roots(),
            apps: vec![app],
            revoked: RevokedCertificates::default(),
        }),
        ..Verifiers::default()
    }
}

fn described() -> KeyDescription {
    KeyDescription {
        level: SecurityLevel::Strongbox,
        challenge: expected().challenge.as_bytes().to_vec(),
        signs: true,
        generated: true,
        boot: Some(Boot {
            locked: true,
            verified: true,
        }),
        application: Some(Application {
            packages: vec![PACKAGE.to_owned()],
            digests: vec![digest()],
        }),
    }
}

/// One chain before it is signed: the key's certificate, then those of the authorities, each with the label of the key that signs it.
type Drafts = Vec<(Draft, u8)>;

fn chain_of(key: &PublicKey, description: &KeyDescription) -> Drafts {
    let mut leaf = Draft::of_key(MAKER, key, valid());
    leaf.extensions
        .push((KEY_DESCRIPTION, false, description.encode()));
    vec![(leaf, MAKER_KEY), (maker(), ROOT_KEY)]
}

fn object(chains: &[Drafts]) -> Vec<u8> {
    let der = |(draft, issuer): &(Draft, u8)| Value::Bytes(draft.sign(&key(*issuer)).unwrap());
    let chain = |drafts: &Drafts| Value::Array(drafts.iter().map(der).collect());
    encode(&Value::Array(chains.iter().map(chain).collect()))
}

fn both(description: &KeyDescription) -> [Drafts; 2] {
    [session_key(), approval_key()].map(|key| chain_of(key.public_key(), description))
}

pub(super) fn good() -> Vec<u8> {
    object(&both(&described()))
}

fn verdict(object: &[u8]) -> String {
    super::verdict(&verifier(), AttestationFormat::AndroidKey, object)
}

/// The verdict on two keys that are described otherwise.
fn check(expected: &str, change: impl FnOnce(&mut KeyDescription)) {
    let mut changed = described();
    change(&mut changed);
    assert_eq!(verdict(&object(&both(&changed))), expected);
}

/// The verdict if the session key's chain is another one.
fn check_chain(expected: &str, change: impl FnOnce(&mut Drafts)) {
    let mut chains = both(&described());
    change(&mut chains[0]);
    assert_eq!(verdict(&object(&chains)), expected);
}

#[test]
fn keys_of_the_banks_app_in_an_intact_devices_hardware_are_hardware() {
    assert_eq!(verdict(&good()), "hardware android_key strongbox");
    check("hardware android_key trusted_environment", |described| {
        described.level = SecurityLevel::TrustedEnvironment;
    });
    let mut chains = both(&described());
    chains[0].push((root(), ROOT_KEY));
    assert_eq!(
        verdict(&object(&chains)),
        "hardware android_key strongbox",
        "the root may be in the chain"
    );
}

#[test]
fn what_is_weaker_is_basic() {
    check("basic android_key software", |described| {
        described.level = SecurityLevel::Software;
    });
    check("basic android_key bootloader_unlocked", |described| {
        let (locked, verified) = (false, true);
        described.boot = Some(Boot { locked, verified });
    });
    check("basic android_key boot_unverified", |described| {
        let (locked, verified) = (true, false);
        described.boot = Some(Boot { locked, verified });
    });
    check("basic android_key boot_unverified", |described| {
        described.boot = None;
    });
    let [session, _] = both(&described());
    let alone = verdict(&object(std::slice::from_ref(&session)));
    assert_eq!(alone, "basic android_key approval_key_missing");
    let software = KeyDescription {
        level: SecurityLevel::Software,
        ..described()
    };
    let mixed = object(&[session, chain_of(approval_key().public_key(), &software)]);
    assert_eq!(verdict(&mixed), "basic android_key software");
}

#[test]
fn what_names_another_key_challenge_or_app_proves_nothing() {
    check("none android_key another_challenge", |described| {
        described.challenge = Hash::of(b"another challenge").as_bytes().to_vec();
    });
    check("none android_key another_app", |described| {
        described.application.as_mut().unwrap().packages = vec!["example.thief".to_owned()];
    });
    check("none android_key another_app", |described| {
        let packages = vec![PACKAGE.to_owned(), "example.thief".to_owned()];
        described.application.as_mut().unwrap().packages = packages;
    });
    check("none android_key another_app", |described| {
        described.application.as_mut().unwrap().digests = vec![vec![8; 32]];
    });
    check("none android_key another_app", |described| {
        described
            .application
            .as_mut()
            .unwrap()
            .digests
            .push(vec![8; 32]);
    });
    check("none android_key another_app", |described| {
        described.application.as_mut().unwrap().digests.clear();
    });
    check("none android_key another_app", |described| {
        described.application = None;
    });
    check("none android_key key_imported", |described| {
        described.generated = false;
    });
    check("none android_key purpose_missing", |described| {
        described.signs = false;
    });
    let [session, approval] = both(&described());
    let exchanged = object(&[approval, session.clone()]);
    assert_eq!(verdict(&exchanged), "none android_key another_key");
    let twice = object(&[session.clone(), session]);
    assert_eq!(verdict(&twice), "none android_key another_key");
    let thiefs = chain_of(key(9).public_key(), &described());
    let thiefs = object(&[thiefs]);
    assert_eq!(verdict(&thiefs), "none android_key another_key");
}

#[test]
fn a_chain_that_no_configured_root_issued_proves_nothing() {
    check_chain("none android_key untrusted_root", |chain| {
        chain[1].1 = 9;
    });
    check_chain("none android_key untrusted_root", |chain| {
        // A root of the same name with another key.
        let forged = Draft::authority(ROOT, key(9).public_key(), valid());
        chain[1].1 = 9;
        chain.push((forged, 9));
    });
    check_chain("none android_key signature_invalid", |chain| {
        chain[0].1 = 9;
    });
    check_chain("none android_key issuer_invalid", |chain| {
        chain[0].0.issuer = "Somebody else".to_owned();
    });
    check_chain("none android_key certificate_invalid", |chain| {
        chain[0].0.extensions.push((
            x509_cert::der::asn1::ObjectIdentifier::new_unwrap("2.5.29.30"),
            true,
            vec![0x30, 0],
        ));
    });
    check_chain("none android_key certificate_invalid", Vec::clear);
    check_chain("none android_key certificate_invalid", |chain| {
        let authority = chain[1].clone();
        chain.extend(std::iter::repeat_n(authority, 5));
    });
}

#[test]
fn only_authorities_issue_and_only_as_far_down_as_they_may() {
    // An attested key must not attest another one.
    check_chain("none android_key issuer_invalid", |chain| {
        let (mut attested, by_maker) = chain[0].clone();
        let (mut forged, _) = chain[0].clone();
        attested.subject = "Attested".to_owned();
        attested.key = *key(9).public_key();
        attested.extensions.clear();
        forged.issuer = "Attested".to_owned();
        *chain = vec![(forged, 9), (attested, by_maker), chain[1].clone()];
    });
    check_chain("none android_key issuer_invalid", |chain| {
        let [is_authority, signs] = chain[1].0.extensions.clone().try_into().unwrap();
        let (id, critical, _) = signs;
        // keyUsage digitalSignature.
        chain[1].0.extensions = vec![is_authority, (id, critical, vec![3, 2, 7, 0x80])];
    });
    check_chain("none android_key issuer_invalid", |chain| {
        // pathLenConstraint 0, and one more authority below.
        let (id, critical, _) = chain[1].0.extensions[0].clone();
        let none_below = vec![0x30, 6, 1, 1, 0xff, 2, 1, 0];
        chain[1].0.extensions[0] = (id, critical, none_below);
        let mut below = maker();
        below.issuer = MAKER.to_owned();
        below.subject = "Below".to_owned();
        below.key = *key(9).public_key();
        chain[0].0.issuer = "Below".to_owned();
        chain[0].1 = 9;
        chain.insert(1, (below, MAKER_KEY));
    });
    // The maker's own certificate describes a key: it was one of an app.
    check_chain("none android_key description_misplaced", |chain| {
        let description = described().encode();
        chain[1]
            .0
            .extensions
            .push((KEY_DESCRIPTION, false, description));
    });
}

#[test]
fn certificates_count_only_while_they_are_valid_and_not_revoked() {
    let past = (NOW.minus_ms(9 * DAY_MS), NOW.minus_ms(2 * DAY_MS));
    let future = (NOW.plus_ms(2 * DAY_MS), NOW.plus_ms(9 * DAY_MS));
    for valid in [past, future] {
        for place in [0, 1] {
            check_chain("none android_key certificate_expired", |chain| {
                chain[place].0.valid = valid;
            });
        }
    }
    let late = verifier().verify(
        AttestationFormat::AndroidKey,
        &good(),
        &expected(),
        NOW.plus_ms(370 * DAY_MS),
    );
    assert_eq!(late.to_string(), "none android_key certificate_expired");
    let list = br#"{"entries": {"fe": {"status": "REVOKED", "reason": "KEY_COMPROMISE"}}}"#;
    let mut revoking = verifier();
    let revoked = RevokedCertificates::of_json(list).unwrap();
    revoking.android_key.as_mut().unwrap().revoked = revoked;
    let answer = super::verdict(&revoking, AttestationFormat::AndroidKey, &good());
    assert_eq!(answer, "none android_key certificate_revoked");
}

#[test]
fn an_attestation_serves_no_other_enrolment() {
    let verify = |expected: Expected| {
        let verdict = verifier().verify(AttestationFormat::AndroidKey, &good(), &expected, NOW);
        verdict.to_string()
    };
    let challenge = Hash::of(b"of another enrolment");
    let other = Expected {
        challenge,
        ..expected()
    };
    assert_eq!(verify(other), "none android_key another_challenge");
    let session = *key(9).public_key();
    let other = Expected {
        session,
        ..expected()
    };
    assert_eq!(verify(other), "none android_key another_key");
    let approval = *key(9).public_key();
    let other = Expected {
        approval,
        ..expected()
    };
    assert_eq!(verify(other), "none android_key another_key");
}

#[test]
fn descriptions_are_read_as_they_are_written() {
    let mut all = vec![described()];
    for level in [SecurityLevel::Software, SecurityLevel::TrustedEnvironment] {
        all.push(KeyDescription {
            level,
            ..described()
        });
    }
    all.push(KeyDescription {
        signs: false,
        generated: false,
        boot: None,
        application: None,
        ..described()
    });
    for description in all {
        let read = KeyDescription::parse(&description.encode());
        assert_eq!(read.as_ref(), Some(&description));
    }
}
