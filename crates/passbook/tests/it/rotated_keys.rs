//! The vault's key-encryption key is rotated while the bank runs: everything is wrapped under the new one.

use crate::bank::{Bank, shown_with};
use rusqlite::Connection;
use serde_json::Value;
use std::path::Path;

/// The key-encryption keys that the wrapped rows of a table name.
fn named(database: &Path, table: &str) -> Vec<u32> {
    let connection = Connection::open(database).unwrap();
    let sql = format!("SELECT DISTINCT wrapped_under FROM {table} WHERE length(wrapped) > 0");
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn after_a_rotation_the_older_key_is_needed_by_nothing() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let (_, second) = bank.enrol("1001", "second");
    // A second epoch.
    bank.operate(&["revoke", &second]);
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "before"]);
    shown_with(&phone, "before");
    let rotated = bank.operate(&["keys", "rotate"]);
    assert_eq!(rotated["key"], 2);
    assert!(rotated["message_keys"].as_u64().unwrap() >= 2, "{rotated}");
    let again = bank.operate(&["keys", "rewrap"]);
    assert_eq!(
        (&again["key"], &again["message_keys"]),
        (&2.into(), &0.into())
    );
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "after"]);
    shown_with(&phone, "after");
    bank.stop();

    let data = bank.data();
    let notification = data.join("notification.sqlite");
    assert_eq!(named(&notification, "message_key"), [2]);
    assert_eq!(named(&notification, "signing_key"), [2]);
    assert_eq!(named(&data.join("ciam.sqlite"), "signing_key"), [2]);
    let records = bank.operate(&["audit", "verify"]).to_string();
    assert!(records.contains("notification"), "{records}");

    // Without the older key everything still opens.
    let path = data.join("vault.json");
    let mut vault: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let keys = vault["key_encryption_keys"].as_object_mut().unwrap();
    assert!(keys.remove("1").is_some());
    std::fs::write(&path, serde_json::to_vec(&vault).unwrap()).unwrap();
    bank.start();
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "without"]);
    shown_with(&phone, "without");
}
