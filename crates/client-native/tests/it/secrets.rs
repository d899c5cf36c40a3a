//! The key file.

use client::{DeviceKey, Keys as _};
use client_native::{DeviceSecrets, SecretsError};
use std::os::unix::fs::PermissionsExt as _;
use types::DeviceForm;
use webauthn::RelyingParty;

#[tokio::test]
async fn keys_are_made_once_and_read_by_their_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let made = DeviceSecrets::open_or_create(&path, DeviceForm::App).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let read = DeviceSecrets::open_or_create(&path, DeviceForm::App).unwrap();
    let mut keys = Vec::new();
    for key in [
        DeviceKey::Session,
        DeviceKey::Approval,
        DeviceKey::Agreement,
    ] {
        let public = made.keys.public(key).await.unwrap();
        assert_eq!(read.keys.public(key).await.unwrap(), public);
        assert!(!keys.contains(&public));
        keys.push(public);
    }
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        1,
        "no other file is left"
    );

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        DeviceSecrets::open(&path),
        Err(SecretsError::Readable)
    ));
}

#[test]
fn a_damaged_key_file_is_never_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    DeviceSecrets::open_or_create(&path, DeviceForm::App).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    let values: Vec<&str> = whole.split([':', ',', '}']).skip(1).step_by(2).collect();
    let array = format!("[{}]", values.join(","));
    for damaged in [
        "",
        "{}",
        &whole[..whole.len() - 2],
        &whole.replace("\"version\":1", "\"version\":2"),
        // serde also accepts the members of a struct without their names.
        &array,
    ] {
        std::fs::write(&path, damaged).unwrap();
        assert!(matches!(
            DeviceSecrets::open_or_create(&path, DeviceForm::App),
            Err(SecretsError::Form)
        ));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
    }
}

/// The key signs nothing without its id, and the id of a lost key must not be taken for a device without a passkey.
#[test]
fn half_a_passkey_is_neither_none_nor_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    DeviceSecrets::open_or_create(&path, DeviceForm::Browser).unwrap();
    DeviceSecrets::make_passkey(&path).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    for lost in ["passkey", "credential"] {
        let mut file: serde_json::Value = serde_json::from_str(&whole).unwrap();
        file.as_object_mut().unwrap().remove(lost).unwrap();
        let half = file.to_string();
        std::fs::write(&path, &half).unwrap();
        for opened in [
            DeviceSecrets::open(&path),
            DeviceSecrets::open_or_create(&path, DeviceForm::Browser),
            DeviceSecrets::make_passkey(&path),
        ] {
            assert!(matches!(opened, Err(SecretsError::Form)), "{lost}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), half);
    }
}

#[test]
fn secrets_are_not_printed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let secrets = DeviceSecrets::open_or_create(&path, DeviceForm::App).unwrap();
    let printed = format!("{secrets:?}");
    let file: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (name, value) in file.as_object().unwrap() {
        if let Some(secret) = value.as_str() {
            let bytes = format!("{:?}", types::base64url::decode(secret).unwrap());
            assert!(
                !printed.contains(secret) && !printed.contains(&bytes),
                "{name}"
            );
        }
    }
}

#[test]
fn a_file_is_replaced_whole_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    // The file left by a crash is longer than the new content and readable by others.
    let beside = directory.path().join("file.new");
    std::fs::write(&beside, "half of something longer").unwrap();
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o644)).unwrap();
    for text in ["first", "2nd"] {
        client_native::replace_file(&path, text.as_bytes()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    // A failure leaves the old file.
    std::fs::create_dir(&beside).unwrap();
    assert!(client_native::replace_file(&path, b"third").is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "2nd");
}

/// A passkey is made once, is on the disk, and signs for the bank that it is opened for.
#[tokio::test]
async fn a_browser_keeps_its_form_and_its_passkey() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let made = DeviceSecrets::open_or_create(&path, DeviceForm::Browser).unwrap();
    assert_eq!(
        (made.keys.form(), made.passkey()),
        (DeviceForm::Browser, None)
    );
    let party = RelyingParty::at("https://bank.example");
    let (keys, ..) = made.keys_at(party.clone());
    assert!(keys.assert(b"challenge").await.is_err(), "it has none yet");
    let made = DeviceSecrets::make_passkey(&path).unwrap();
    let read = DeviceSecrets::open(&path).unwrap();
    assert_eq!(read.passkey(), made.passkey());
    assert_eq!(read.keys.form(), DeviceForm::Browser);
    let id = read.passkey().unwrap();
    let (keys, ..) = read.keys_at(party);
    let assertion = keys.assert(b"challenge").await.unwrap();
    assert_eq!(types::PasskeyId::of(&assertion.credential), id);
    let client_data = String::from_utf8(assertion.client_data_json).unwrap();
    assert!(
        client_data.contains(r#""origin":"https://bank.example""#),
        "{client_data}"
    );
}
