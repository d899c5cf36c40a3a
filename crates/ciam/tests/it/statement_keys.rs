//! Only keys that the root lists sign device statements.

use crate::bank::{Bank, DAY_MS, ISSUER, START};
use crate::phone::Phone;
use audit::Record;
use ciam::{EnrolError, Failure, Settings};
use envelope::Purpose;
use rusqlite::types::Value;
use types::ErrorCode;
use vault::Vault as _;

async fn refused(bank: &Bank) -> EnrolError {
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert!(bank.query("SELECT * FROM device").is_empty());
    refused
}

#[tokio::test]
async fn before_the_roots_ceremony_no_device_is_enrolled() {
    let bank = Bank::without_trust(Settings::new(ISSUER)).await;
    assert_eq!(refused(&bank).await.code(), ErrorCode::Unavailable);
    bank.list(Vec::new(), bank.now().plus_ms(DAY_MS)).await;
    assert!(matches!(
        refused(&bank).await,
        EnrolError::Failed(Failure::NoStatementKey)
    ));
    bank.list_keys().await;
    bank.enrolled("1001").await;
}

#[tokio::test]
async fn neither_an_expired_list_nor_one_of_another_root_lists_a_key() {
    let bank = Bank::open().await;
    bank.list(bank.ciam.signing_keys(), bank.now()).await;
    bank.advance(1);
    assert!(matches!(
        refused(&bank).await,
        EnrolError::Failed(Failure::NoStatementKey)
    ));
    let other = Bank::open().await;
    let list = other.neighbour.state().trust.clone();
    bank.neighbour.state().trust = list;
    assert!(matches!(
        refused(&bank).await,
        EnrolError::Failed(Failure::TrustList(_))
    ));
}

#[tokio::test]
async fn a_key_listed_for_another_purpose_signs_no_statement() {
    let bank = Bank::open().await;
    let mut keys = bank.ciam.signing_keys();
    keys[0].purpose = Purpose::Head;
    bank.list(keys, bank.now().plus_ms(DAY_MS)).await;
    assert!(matches!(
        refused(&bank).await,
        EnrolError::Failed(Failure::NoStatementKey)
    ));
}

#[tokio::test]
async fn a_successor_is_made_in_time_and_signs_once_it_is_listed() {
    let mut bank = Bank::open().await;
    let [first] = bank.ciam.signing_keys().try_into().unwrap();
    assert_eq!(first.purpose, Purpose::Device);
    assert_eq!(first.until, first.from.plus_ms(90 * DAY_MS));
    assert!(!bank.ciam.ensure_keys().await.unwrap());

    bank.advance(60 * DAY_MS);
    assert!(bank.ciam.ensure_keys().await.unwrap());
    assert!(!bank.ciam.ensure_keys().await.unwrap());
    bank.restart().await;
    let keys = bank.ciam.signing_keys();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], first);

    // The neighbour verifies each statement against the current list.
    bank.enrolled("1").await;
    bank.list_keys().await;
    bank.enrolled("2").await;
    bank.list(keys[1..].to_vec(), bank.now().plus_ms(DAY_MS))
        .await;
    bank.enrolled("3").await;
    bank.list(keys[..1].to_vec(), bank.now().plus_ms(60 * DAY_MS))
        .await;
    bank.enrolled("4").await;
    bank.advance(30 * DAY_MS + 1);
    let (phone, code) = (Phone::new(), bank.code("5").await);
    let refused = bank.enrol(&phone, "5", &code).await.unwrap_err();
    assert!(matches!(
        refused,
        EnrolError::Failed(Failure::NoStatementKey)
    ));
}

#[tokio::test]
async fn keys_are_wrapped_again_so_that_an_old_key_encryption_key_can_be_destroyed() {
    let mut bank = Bank::open().await;
    let (_, before) = bank.enrolled("1").await;
    let old = bank.vault.newest().await.unwrap();
    let new = bank.vault.rotate().await.unwrap();
    assert_ne!(old, new);
    bank.ciam.ensure_keys().await.unwrap();
    bank.vault.destroy(old).await.unwrap();

    let (statement, token) = (bank.ciam.signing_keys(), bank.ciam.jwks());
    bank.restart().await;
    assert_eq!(bank.ciam.signing_keys(), statement);
    assert_eq!(bank.ciam.jwks(), token);
    bank.verify(&before.channel_token).unwrap();
    bank.enrolled("2").await;
}

/// This needs neither a restart of the service nor its next regular check of the keys.
#[tokio::test]
async fn after_a_clock_jump_a_key_is_made_when_needed() {
    let bank = Bank::open().await;
    let mut made = 1;
    for time in [START.plus_ms(200 * DAY_MS), START.minus_ms(DAY_MS), START] {
        bank.set_clock(time);
        let (phone, code) = (Phone::new(), bank.code("1001").await);
        if time != START {
            let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
            assert_eq!(
                refused.code(),
                ErrorCode::Unavailable,
                "it is made, not listed"
            );
            made += 1;
            bank.list_keys().await;
        }
        let keys = bank.ciam.signing_keys();
        assert_eq!(keys.len(), made);
        let signs = |key: &&envelope::TrustedKey| (key.from..=key.until).contains(&time);
        assert!(keys.iter().any(|key| signs(&key)));
        let answer = bank.enrol(&phone, "1001", &code).await.unwrap();
        bank.verify(&answer.channel_token).unwrap();
    }
}

/// A thief of the disk finds no private key whose signatures are still trusted.
#[tokio::test]
async fn a_private_key_is_destroyed_once_its_successor_has_signed_for_a_day() {
    let mut bank = Bank::open().await;
    bank.enrolled("1").await;
    let kept = |bank: &Bank| {
        let rows = bank.query("SELECT length(wrapped) > 0 FROM signing_key WHERE purpose = 'statement' ORDER BY from_ms");
        rows.into_iter().flatten().collect::<Vec<_>>()
    };
    let (there, gone) = (Value::Integer(1), Value::Integer(0));
    bank.advance(90 * DAY_MS + 1);
    bank.ciam.ensure_keys().await.unwrap();
    assert_eq!(kept(&bank), [there.clone(), there.clone()]);
    bank.advance(DAY_MS - 1);
    bank.ciam.ensure_keys().await.unwrap();
    assert_eq!(kept(&bank), [there.clone(), there.clone()]);
    bank.advance(1);
    bank.ciam.ensure_keys().await.unwrap();
    assert_eq!(kept(&bank), [gone, there]);

    let listed = bank.ciam.signing_keys();
    assert_eq!(listed.len(), 2, "its signatures are still verified");
    bank.restart().await;
    assert_eq!(bank.ciam.signing_keys(), listed);
    bank.list_keys().await;
    bank.enrolled("2").await;
    let destroyed = bank
        .query("SELECT record FROM audit")
        .into_iter()
        .filter(|row| {
            let Value::Blob(record) = &row[0] else {
                panic!("{row:?}")
            };
            let act = Record::parse(record).unwrap().act;
            act.action == "signing_key.destroyed"
                && act.subjects[0].id == listed[0].key.kid().to_string()
        });
    assert_eq!(destroyed.count(), 1);
}
