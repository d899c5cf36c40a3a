//! Attestations of real devices, which others published.

use crate::app_attest::AppAttest;
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::finding::Finding;
use crate::key_description::{KEY_DESCRIPTION, KeyDescription, SecurityLevel};
use crate::proven::Expected;
use crate::revoked::RevokedCertificates;
use crate::root::Root;
use crate::verifiers::Verifiers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use std::path::Path;
use types::{AttestationFormat, BusinessDate, Hash, PublicKey, Time};
use x509_cert::der::Encode as _;

fn file(name: &str) -> Vec<u8> {
    let published = "../../fixtures/published/attestation";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(published)
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn day(date: &str) -> Time {
    let date: BusinessDate = date.parse().unwrap();
    (0..40_000)
        .map(|day| Time::from_ms(day * super::DAY_MS))
        .find(|time| BusinessDate::of_utc(*time) == date)
        .unwrap()
}

/// Google's roots.
fn roots() -> Vec<Root> {
    let listed: Vec<String> = serde_json::from_slice(&file("android/roots.json")).unwrap();
    let roots = listed
        .iter()
        .map(|pem| Root::of_pem(pem.as_bytes()).unwrap());
    roots.flatten().collect()
}

/// The last certificate of a chain, as a root.
fn own_root(name: &str) -> Vec<Root> {
    let pem = String::from_utf8(file(name)).unwrap();
    let start = pem.rfind("-----BEGIN CERTIFICATE-----").unwrap();
    Root::of_pem(&pem.as_bytes()[start..]).unwrap()
}

fn ders(name: &str) -> Vec<Vec<u8>> {
    let chain = x509_cert::Certificate::load_pem_chain(&file(name)).unwrap();
    chain.iter().map(|one| one.to_der().unwrap()).collect()
}

fn verified(name: &str, roots: &[Root], date: &str) -> Result<Chain, Finding> {
    let ders = ders(name);
    let ders: Vec<_> = ders.iter().map(Vec::as_slice).collect();
    let revoked = RevokedCertificates::default();
    Chain::verify(&ders, roots, &revoked, (&KEY_DESCRIPTION, day(date)))
}

fn described(name: &str, roots: &[Root], date: &str) -> KeyDescription {
    let chain = verified(name, roots, date);
    let chain = chain.unwrap_or_else(|finding| panic!("{name}: {finding:?}"));
    let leaf = chain.leaf().unwrap();
    assert!(leaf.p256().is_some(), "{name}");
    KeyDescription::parse(leaf.extension(&KEY_DESCRIPTION).unwrap()).unwrap()
}

#[test]
fn real_keys_are_described_as_google_reads_them() {
    let collector = "com.google.wireless.android.security.attestationverifier.collector";
    let (tee, strongbox) = (SecurityLevel::TrustedEnvironment, SecurityLevel::Strongbox);
    for (name, date, level, intact, package) in [
        (
            "akita_sdk34_TEE_EC_NONE",
            "2024-09-25",
            tee,
            false,
            collector,
        ),
        (
            "blueline_sdk28_TEE_EC_NONE",
            "2023-01-01",
            tee,
            false,
            collector,
        ),
        (
            "caiman_sdk36_TEE_EC_RKP",
            "2025-09-26",
            tee,
            true,
            "com.google.android.attestation",
        ),
        (
            "caiman_sdk36_SB_EC_RKP",
            "2025-09-26",
            strongbox,
            true,
            "com.google.android.attestation",
        ),
        (
            "tegu_sdk36_SB_EC_2026_ROOT",
            "2026-02-25",
            strongbox,
            true,
            "com.google.android.attestation",
        ),
    ] {
        let described = described(&format!("android/{name}.pem"), &roots(), date);
        assert_eq!(described.level, level, "{name}");
        let boot = described.boot.unwrap();
        assert_eq!((boot.locked, boot.verified), (intact, intact), "{name}");
        assert!(described.signs && described.generated, "{name}");
        let application = described.application.unwrap();
        assert_eq!(application.packages, [package], "{name}");
        let digest = STANDARD.decode("EDk47kU35Z6O55L2VFBPuDRvxrNG0LvEQV/DOfz8jsE=");
        assert_eq!(application.digests, [digest.unwrap()], "{name}");
    }
}

#[test]
fn real_chains_that_lead_to_no_root_or_are_over_are_refused() {
    let check = |name: &str, roots: &[Root], date, expected| {
        let found = verified(name, roots, date).err();
        assert_eq!(found, expected, "{name} {date}");
    };
    let caiman = "android/caiman_sdk36_TEE_EC_RKP.pem";
    check(caiman, &roots(), "2025-09-26", None);
    check(
        caiman,
        &roots(),
        "2025-10-05",
        Some(Finding::CertificateExpired),
    );
    check(
        caiman,
        &roots(),
        "2025-09-23",
        Some(Finding::CertificateExpired),
    );
    // Android's key for attestations in software is public.
    let software = "android/marlin_sdk29_TEE_EC_NONE.pem";
    check(
        software,
        &roots(),
        "2019-09-01",
        Some(Finding::UntrustedRoot),
    );
    check(software, &own_root(software), "2019-09-01", None);
    // A maker's authority that is none: its certificate says that it issues nothing.
    let sony = "android/sony-xperia10-iii_sdk33_TEE_EC.pem";
    check(sony, &roots(), "2023-01-01", Some(Finding::IssuerInvalid));
    // P-256 with SHA-384.
    let mixed = "android/p256_sha384_intermediate.pem";
    check(mixed, &own_root(mixed), "2025-01-01", None);
}

#[test]
fn a_malformed_description_is_refused_and_an_unordered_one_is_not() {
    // Both were altered after they were signed.
    let described = |name: &str| {
        let leaf = Certificate::parse(&ders(name)[0]).unwrap();
        KeyDescription::parse(leaf.extension(&KEY_DESCRIPTION).unwrap())
    };
    assert_eq!(described("android/malformed_rot_device_locked.pem"), None);
    assert!(described("android/tags_not_in_ascending_order.pem").is_some());
}

#[test]
fn real_iphones_made_theirs_in_apples_environment_for_development() {
    for (name, date) in [
        ("apple/ios-14.2.json", "2020-11-22"),
        ("apple/ios-14.4.json", "2021-01-23"),
    ] {
        let sample: Json = serde_json::from_slice(&file(name)).unwrap();
        let text = |member: &str| sample[member].as_str().unwrap();
        let bytes = |member| STANDARD.decode(text(member)).unwrap();
        let app_id = format!("{}.{}", text("teamIdentifier"), text("bundleIdentifier"));
        let roots = Root::of_pem(&file("apple/root.pem")).unwrap();
        let verifier = AppAttest::new(roots, &[app_id]).unwrap();
        let verifiers = Verifiers {
            app_attest: Some(verifier),
            ..Verifiers::default()
        };
        let hash: [u8; 32] = bytes("clientDataHashSha256Base64").try_into().unwrap();
        let expected = |challenge| Expected {
            challenge,
            session: PublicKey::new([4; 65]),
            approval: PublicKey::new([4; 65]),
            given: day(date),
        };
        let verdict = |challenge, now| {
            let (format, object) = (AttestationFormat::AppAttest, bytes("attestationBase64"));
            verifiers
                .verify(format, &object, &expected(challenge), now)
                .to_string()
        };
        let right = Hash::new(hash);
        assert_eq!(
            verdict(right, day(date)),
            "basic app_attest development",
            "{name}"
        );
        let other = verdict(Hash::of(b"other"), day(date));
        assert_eq!(other, "none app_attest another_challenge");
        let late = verdict(right, day("2031-01-01"));
        assert_eq!(late, "none app_attest certificate_expired");
    }
}
