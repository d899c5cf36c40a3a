//! The log as JSON, and a request's id in it and in the answer.

use crate::bank::{Bank, ask};
use serde_json::Value;
use std::fs;

#[test]
fn a_request_is_found_in_the_log_by_its_id() {
    let bank = Bank::sandbox_with("", &["--log", "json"]);
    let token = fs::read_to_string(bank.data().join("operator-token")).unwrap();
    let authorization = format!("Authorization: Bearer {}", token.trim_end());
    let headers = [
        &authorization,
        "Content-Type: application/json",
        "x-request-id: backup.of-1",
    ];
    // The data directory is not empty: no backup goes there.
    let body = serde_json::json!({ "directory": bank.data(), "vault": null }).to_string();
    let operator = bank.operator.to_string();
    let refused = ask(&operator, "POST /v1/operator/backups", &headers, &body);
    assert!(refused.starts_with("HTTP/1.1 422 "), "{refused}");
    assert!(
        refused.contains("x-request-id: backup.of-1\r\n"),
        "{refused}"
    );
    let made = bank.get("/readyz");
    assert!(made.contains("x-request-id: "), "{made}");

    let log = fs::read_to_string(bank.path("servers.log")).unwrap();
    let lines = log.lines().map(|line| {
        let parsed: Result<Value, _> = serde_json::from_str(line);
        parsed.unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let failed: Vec<Value> = lines
        .filter(|line| {
            line["message"]
                .as_str()
                .unwrap()
                .starts_with("a backup failed")
        })
        .collect();
    let [failed] = &failed[..] else {
        panic!("one line: {log}");
    };
    assert_eq!(failed["span"]["request_id"], "backup.of-1", "{failed}");
    assert_eq!(failed["level"], "ERROR");
    assert!(!log.contains(token.trim_end()));
}
