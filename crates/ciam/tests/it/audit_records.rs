//! Every action leaves a record in a chain that detects any change.

use crate::bank::{Bank, DAY_MS, nth};
use crate::phone::Phone;
use audit::{AuditHead, BrokenReason, Record};
use database::audit_chain::{self, AuditError};
use rusqlite::Connection;
use rusqlite::types::Value;

fn records(bank: &Bank) -> Vec<Record> {
    let rows = bank.query("SELECT record FROM audit ORDER BY number");
    rows.iter()
        .map(|row| match &row[0] {
            Value::Blob(bytes) => Record::parse(bytes).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn actions(bank: &Bank) -> Vec<String> {
    let action = |record: Record| record.act.action;
    records(bank).into_iter().map(action).collect()
}

fn verify(bank: &Bank) -> Result<AuditHead, AuditError> {
    audit_chain::verify(bank.path())
}

#[tokio::test]
async fn each_action_is_recorded_once_with_actor_and_subject() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.enrol(&phone, "1001", "0000000000000000")
        .await
        .unwrap_err();
    bank.enrol(&phone, "1001", &code).await.unwrap();
    bank.enrol(&phone, "1001", &code).await.unwrap();
    bank.ciam.revoke(phone.device).await.unwrap();
    bank.ciam.revoke(phone.device).await.unwrap();
    assert_eq!(
        actions(&bank),
        [
            "signing_key.made",
            "signing_key.made",
            "activation_code.issued",
            "activation_code.wrong",
            "device.enrolled",
            "channel_token.issued",
            "channel_token.issued",
            "device.revoked",
            "device.shut_out",
        ]
    );
    let records = records(&bank);
    let device = phone.device.to_string();
    assert_eq!(records[2].act.actor, "operator");
    assert_eq!(records[4].act.actor, device);
    assert_eq!(records[4].act.details["statement"], nth(1).to_string());
    assert_eq!(records[7].act.actor, "operator");
    assert_eq!(records[7].act.details["revocation"], nth(2).to_string());
    let about = |record: &Record, kind: &str| {
        let subject = record.act.subjects.iter().find(|each| each.kind == kind);
        subject.map(|subject| subject.id.clone())
    };
    assert_eq!(about(&records[7], "device"), Some(device));
    assert_eq!(
        about(&records[2], "customer"),
        about(&records[4], "customer")
    );
    assert_ne!(about(&records[2], "customer"), Some("1001".into()));
    assert_eq!(verify(&bank).unwrap().number, 9);
}

#[tokio::test]
async fn wrong_codes_are_recorded_only_while_there_is_something_to_guess() {
    let bank = Bank::open().await;
    let wrong = async || {
        let refused = bank.enrol(&Phone::new(), "1001", "0000000000000000").await;
        refused.unwrap_err();
    };
    wrong().await;
    bank.code("1001").await;
    for _ in 0..103 {
        wrong().await;
    }
    let count = |all: &[String]| {
        let wrong = all.iter().filter(|each| *each == "activation_code.wrong");
        wrong.count()
    };
    assert_eq!(count(&actions(&bank)), 100);
    bank.code("1001").await;
    bank.advance(DAY_MS + 1);
    wrong().await;
    assert_eq!(count(&actions(&bank)), 100);
}

#[tokio::test]
async fn a_flipped_bit_in_any_row_is_named() {
    let bank = Bank::open().await;
    bank.enrolled("1001").await;
    let head = verify(&bank).unwrap();
    assert_eq!(head.number, 5);
    let connection = Connection::open(bank.path()).unwrap();
    for number in 1..=head.number {
        let row = i64::try_from(number).unwrap();
        for column in ["record", "hash"] {
            let whole: Vec<u8> = connection
                .query_row(
                    &format!("SELECT {column} FROM audit WHERE number = ?1"),
                    [row],
                    |row| row.get(0),
                )
                .unwrap();
            let set = |bytes: &[u8]| {
                let sql = format!("UPDATE audit SET {column} = ?1 WHERE number = ?2");
                assert_eq!(connection.execute(&sql, (bytes, row)).unwrap(), 1);
            };
            for place in 0..whole.len() {
                let mut flipped = whole.clone();
                flipped[place] ^= 1;
                set(&flipped);
                match verify(&bank).unwrap_err() {
                    AuditError::Broken(broken) => assert_eq!(broken.number, number, "{broken:?}"),
                    other => panic!("{other}"),
                }
            }
            set(&whole);
        }
    }
    assert_eq!(verify(&bank).unwrap(), head);

    connection
        .execute("DELETE FROM audit WHERE number = 3", [])
        .unwrap();
    match verify(&bank).unwrap_err() {
        AuditError::Broken(broken) => {
            assert_eq!(broken.number, 3);
            assert_eq!(broken.reason, BrokenReason::OutOfOrder { found: 4 });
        }
        other => panic!("{other}"),
    }
}
