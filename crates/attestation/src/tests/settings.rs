//! What the bank configures is read, or refused with what is wrong.

use super::{key, maker, pem, play, root, root_key};
use crate::android_key::AndroidApp;
use crate::app_attest::AppAttest;
use crate::play_integrity::PlayKeys;
use crate::proven::Expected;
use crate::revoked::RevokedCertificates;
use crate::root::{Root, SettingError};
use crate::software::DevelopmentRoot;
use crate::verifiers::Verifiers;
use crate::{AndroidKey, SoftwareDevice};
use types::{AttestationFormat, VerdictLevel, hex};

#[test]
fn a_root_signs_itself_and_issues() {
    let root = pem(&root().sign(&root_key()).unwrap());
    let two = [root.clone(), root.clone()].concat();
    assert_eq!(Root::of_pem(&two).unwrap().len(), 2);
    let check = |file: &[u8], expected| assert_eq!(Root::of_pem(file), Err(expected));
    check(b"", SettingError::NoCertificate);
    check(b"-----BEGIN PRIVATE KEY-----", SettingError::NoCertificate);
    check(&root[..100], SettingError::CertificateInvalid);
    let not_itself = pem(&maker().sign(&root_key()).unwrap());
    check(&not_itself, SettingError::NotARoot);
    let forged = pem(&super::root().sign(&key(9)).unwrap());
    check(&forged, SettingError::NotARoot);
    let mut issues_nothing = super::root();
    issues_nothing.extensions.clear();
    check(
        &pem(&issues_nothing.sign(&root_key()).unwrap()),
        SettingError::NotARoot,
    );
}

#[test]
fn apps_keys_and_lists_have_a_form() {
    let digest = hex::encode(&[7; 32]);
    let colons = digest.to_uppercase();
    let colons: Vec<_> = colons
        .as_bytes()
        .chunks(2)
        .map(|two| str::from_utf8(two).unwrap())
        .collect();
    let app = |package: &str, digests: &[&str]| {
        let digests: Vec<_> = digests.iter().map(|digest| (*digest).to_owned()).collect();
        AndroidApp::new(package, &digests)
    };
    assert_eq!(
        app("example.bank", &[&colons.join(":")]),
        app("example.bank", &[&digest])
    );
    assert!(app("example.bank", &[&digest]).is_ok());
    assert_eq!(app("", &[&digest]), Err(SettingError::NotAPackage));
    assert_eq!(
        app("example bank", &[&digest]),
        Err(SettingError::NotAPackage)
    );
    for digests in [&[][..], &["07"], &[&digest[1..]], &["g7"]] {
        assert_eq!(app("example.bank", digests), Err(SettingError::NotADigest));
    }
    for id in [
        "",
        "example.bank",
        "team123456.example.bank",
        "TEAM123456.",
        "TEAM123456",
    ] {
        let refused = AppAttest::new(Vec::new(), &[id.to_owned()]);
        assert_eq!(refused, Err(SettingError::NotAnAppId), "{id}");
    }
    assert_eq!(
        AppAttest::new(Vec::new(), &[]),
        Err(SettingError::NotAnAppId)
    );
    let (decryption, verification) = play::keys();
    assert!(PlayKeys::new(&decryption, &format!("{verification}\n")).is_ok());
    for (decryption, verification) in [
        (verification.as_str(), verification.as_str()),
        (decryption.as_str(), decryption.as_str()),
        ("", verification.as_str()),
    ] {
        let refused = PlayKeys::new(decryption, verification);
        assert_eq!(refused, Err(SettingError::NotAKey));
    }
    for list in [&b""[..], b"[]", b"{}"] {
        let refused = RevokedCertificates::of_json(list);
        assert_eq!(refused, Err(SettingError::NotAStatusList));
    }
    let list = br#"{"entries": {"0aB1": {"status": "SUSPENDED"}}}"#;
    let list = RevokedCertificates::of_json(list).unwrap();
    assert!(list.contains(&[0x0a, 0xb1]) && list.contains(&[0, 0x0a, 0xb1]));
    assert!(!list.contains(&[0x0a, 0xb2]) && !list.contains(&[0xb1]));
}

#[test]
fn a_root_for_development_attests_what_it_says_and_only_where_it_is_configured() {
    let root = DevelopmentRoot::new(key(20));
    let root = DevelopmentRoot::try_from(root.key().as_str()).unwrap();
    let certificate = root.certificate(super::NOW).unwrap();
    let (package, digest) = DevelopmentRoot::app();
    let android = AndroidKey {
        roots: Root::of_pem(certificate.as_bytes()).unwrap(),
        apps: vec![AndroidApp::new(&package, &[hex::encode(digest.as_bytes())]).unwrap()],
        revoked: RevokedCertificates::default(),
    };
    let trusting = Verifiers {
        android_key: Some(android.clone()),
        ..Verifiers::default()
    };
    let others = Verifiers {
        android_key: Some(AndroidKey {
            roots: super::roots(),
            ..android
        }),
        ..Verifiers::default()
    };
    let Expected {
        challenge,
        session,
        approval,
        ..
    } = super::expected();
    let attested = |claims| {
        let device = SoftwareDevice {
            claims,
            session,
            approval,
        };
        root.attest(&device, challenge, super::NOW).unwrap()
    };
    let verdict = |verifiers: &Verifiers, claims| {
        super::verdict(verifiers, AttestationFormat::AndroidKey, &attested(claims))
    };
    let (basic, hardware) = (VerdictLevel::Basic, VerdictLevel::Hardware);
    assert_eq!(verdict(&trusting, basic), "basic android_key software");
    assert_eq!(
        verdict(&trusting, hardware),
        "hardware android_key trusted_environment"
    );
    assert_eq!(
        verdict(&others, hardware),
        "none android_key untrusted_root"
    );
    for wrong in ["", "AAAA", &"A".repeat(43), "not base64url!"] {
        assert!(DevelopmentRoot::try_from(wrong).is_err(), "{wrong}");
    }
}
