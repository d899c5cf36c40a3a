//! What the development vault stores, refuses and destroys.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use envelope::{Signer as _, es256};
use std::os::unix::fs::PermissionsExt as _;
use types::Time;
use vault::{AgreementKey, FileVault, MacKey, SigningKey, StoredKey, Vault as _, VaultError};

fn at(directory: &tempfile::TempDir) -> FileVault {
    FileVault::open_or_create(&directory.path().join("vault.json")).unwrap()
}

#[tokio::test]
async fn a_wrapped_secret_opens_only_in_its_context_even_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let wrapped = at(&directory).wrap(b"context", b"secret").await.unwrap();
    let vault = at(&directory);
    assert_eq!(
        *vault.unwrap(b"context", &wrapped).await.unwrap(),
        b"secret"
    );
    assert!(matches!(
        vault.unwrap(b"other", &wrapped).await,
        Err(VaultError::DoesNotOpen)
    ));
    for place in 0..wrapped.bytes.len() {
        let mut altered = wrapped.clone();
        altered.bytes[place] ^= 1;
        assert!(vault.unwrap(b"context", &altered).await.is_err());
    }
}

#[tokio::test]
async fn a_destroyed_key_opens_nothing_and_the_newest_cannot_be_destroyed() {
    let directory = tempfile::tempdir().unwrap();
    let vault = at(&directory);
    let old = vault.wrap(b"", b"secret").await.unwrap();
    assert!(matches!(
        vault.destroy(old.key).await,
        Err(VaultError::InUse(1))
    ));
    let newest = vault.rotate().await.unwrap();
    assert_eq!(vault.wrap(b"", b"secret").await.unwrap().key, newest);
    assert!(vault.unwrap(b"", &old).await.is_ok());
    vault.destroy(old.key).await.unwrap();
    assert!(matches!(
        at(&directory).unwrap(b"", &old).await,
        Err(VaultError::Destroyed(1))
    ));
}

/// The file on the disk counts, whatever the process answers until it ends.
#[tokio::test]
async fn a_change_that_does_not_reach_the_disk_is_not_made_in_memory_either() {
    let directory = tempfile::tempdir().unwrap();
    let vault = at(&directory);
    let old = vault.wrap(b"", b"secret").await.unwrap();
    // A directory at the path of the temporary file makes writing fail, even for root.
    let aside = directory.path().join("vault.new");
    let fails = async |vault: &FileVault| {
        std::fs::create_dir(&aside).unwrap();
        let refused = (vault.rotate().await, vault.destroy(1).await);
        std::fs::remove_dir(&aside).unwrap();
        refused
    };
    let (rotated, _) = fails(&vault).await;
    assert!(matches!(rotated, Err(VaultError::File { .. })));
    assert_eq!(vault.newest().await.unwrap(), 1);
    let wrapped = vault.wrap(b"", b"wrapped now").await.unwrap();
    assert_eq!(wrapped.key, 1);
    assert!(at(&directory).unwrap(b"", &wrapped).await.is_ok());

    assert_eq!(vault.rotate().await.unwrap(), 2);
    let (_, destroyed) = fails(&vault).await;
    assert!(matches!(destroyed, Err(VaultError::File { .. })));
    assert_eq!(*vault.unwrap(b"", &old).await.unwrap(), b"secret");
    assert_eq!(vault.newest().await.unwrap(), 2);
}

#[tokio::test]
async fn a_temporary_file_of_a_crash_is_neither_read_nor_kept() {
    let directory = tempfile::tempdir().unwrap();
    let aside = directory.path().join("vault.new");
    std::fs::write(&aside, b"half a va").unwrap();
    std::fs::set_permissions(&aside, std::fs::Permissions::from_mode(0o644)).unwrap();
    at(&directory).rotate().await.unwrap();
    assert!(!aside.exists());
    assert_eq!(at(&directory).newest().await.unwrap(), 2);
}

#[tokio::test]
async fn a_file_of_a_hundred_keys_is_written_without_moving() {
    let directory = tempfile::tempdir().unwrap();
    let vault = at(&directory);
    for number in 2..=100 {
        assert_eq!(vault.rotate().await.unwrap(), number);
    }
    assert_eq!(at(&directory).newest().await.unwrap(), 100);
}

#[tokio::test]
async fn a_stored_key_opens_only_for_its_own_use() {
    let directory = tempfile::tempdir().unwrap();
    let vault = at(&directory);
    let (from, until) = (Time::from_ms(1), Time::from_ms(2));
    let kept = StoredKey::make(&vault, "a service head", (from, until))
        .await
        .unwrap();
    let own = kept.open(&vault, "a service head").await.unwrap();
    let signature = own.signer_at(until).unwrap().sign(b"message").unwrap();
    assert!(es256::verify(&kept.public, b"message", &signature));
    let another = kept.open(&vault, "a service grant").await;
    assert!(matches!(another, Err(VaultError::DoesNotOpen)));

    let anew = kept.rewrapped(&vault, "a service head").await.unwrap();
    assert_eq!(anew, None, "it is under the newest already");
    let newest = vault.rotate().await.unwrap();
    let wrapped = kept.rewrapped(&vault, "a service head").await.unwrap();
    assert_eq!(wrapped.as_ref().map(|wrapped| wrapped.key), Some(newest));
    vault.destroy(1).await.unwrap();
    let again = StoredKey { wrapped, ..kept };
    let own = again.open(&vault, "a service head").await.unwrap();
    let signature = own.signer_at(from).unwrap().sign(b"again").unwrap();
    assert!(es256::verify(&again.public, b"again", &signature));
}

#[tokio::test]
async fn each_purpose_has_a_key_of_its_own() {
    let vault = at(&tempfile::tempdir().unwrap());
    let nonce = vault.mac(MacKey::DpopNonce, b"data").await.unwrap();
    assert_eq!(nonce, vault.mac(MacKey::DpopNonce, b"data").await.unwrap());
    assert_ne!(
        nonce,
        vault.mac(MacKey::ActivationCode, b"data").await.unwrap()
    );
}

#[tokio::test]
async fn the_root_signs_and_stays_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let [root, next] = at(&directory).roots().await.unwrap();
    assert_ne!(root, next);
    let signature = at(&directory).sign_as_root(b"trust list").await.unwrap();
    assert!(es256::verify(&root, b"trust list", &signature));
}

#[tokio::test]
async fn a_file_that_others_can_read_or_that_is_no_vault_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vault.json");
    drop(at(&directory));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        FileVault::open_or_create(&path),
        Err(VaultError::File { .. })
    ));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, b"{}").unwrap();
    assert!(matches!(
        FileVault::open_or_create(&path),
        Err(VaultError::File { .. })
    ));
}

#[test]
fn a_signing_key_is_restored_from_its_secret() {
    let key = SigningKey::generate().unwrap();
    let again = SigningKey::from_secret_bytes(&key.to_secret_bytes().unwrap()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert!(es256::verify(
        key.public_key(),
        b"message",
        &again.sign(b"message").unwrap()
    ));
    assert!(!format!("{key:?}").contains("pair"));
    assert!(SigningKey::from_secret_bytes(b"short").is_err());
}

#[test]
fn both_sides_agree_on_one_x() {
    let (one, other) = (
        AgreementKey::generate().unwrap(),
        AgreementKey::generate().unwrap(),
    );
    assert_eq!(
        *one.agree(other.public_key()).unwrap(),
        *other.agree(one.public_key()).unwrap()
    );
    let mut off_the_curve = *one.public_key().as_bytes();
    off_the_curve[64] ^= 1;
    assert!(other.agree(&types::PublicKey::new(off_the_curve)).is_err());
}

#[tokio::test]
async fn check_reports_a_truncated_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vault.json");
    at(&directory).rotate().await.unwrap();
    at(&directory).check().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut contents: serde_json::Value = serde_json::from_str(&text).unwrap();
    // A key other than the newest, which wraps new secrets.
    contents["key_encryption_keys"]["1"] = "AAAA".into();
    std::fs::write(&path, contents.to_string()).unwrap();
    assert!(matches!(at(&directory).check(), Err(VaultError::Key)));
}

/// serde takes the members of a struct without their names.
#[tokio::test]
async fn an_array_is_no_vault() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vault.json");
    at(&directory).check().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let contents: serde_json::Value = serde_json::from_str(&text).unwrap();
    let members = [
        "version",
        "root",
        "next_root",
        "mac_secret",
        "key_encryption_keys",
    ];
    let array: Vec<_> = members.iter().map(|name| &contents[name]).collect();
    std::fs::write(&path, serde_json::to_string(&array).unwrap()).unwrap();
    let refused = FileVault::open(&path).map(drop).unwrap_err();
    assert!(matches!(refused, VaultError::File { .. }), "{refused}");
}
