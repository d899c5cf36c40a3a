//! Looks at customers: each with a reason, each recorded.

use super::desk::{Desk, three};
use crate::bank::Bank;
use crate::person::code;
use protocol::http::{AuditTrail, CustomerSeen};
use serde_json::Value as Json;
use types::ErrorCode;

fn looks(bank: &Bank) -> Vec<(String, String)> {
    let acts = bank.acts().into_iter();
    let looks = acts.filter(|act| act.action == "customer.looked_at");
    looks
        .map(|act| (act.actor, act.details["reason"].clone()))
        .collect()
}

#[tokio::test]
async fn a_look_says_why_and_is_recorded() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let path = "/v1/staff/customers/1001?reason=called%20about%20a%20phone";
    let seen: CustomerSeen = ben.ask(("GET", path), None).await.unwrap();
    let devices: Vec<_> = seen
        .devices
        .iter()
        .map(|row| (row.device, row.revoked))
        .collect();
    assert_eq!(devices, [(phone.device, false)]);
    let expected = (
        format!("staff:{}", ben.staff),
        "called about a phone".to_owned(),
    );
    assert_eq!(looks(&bank), [expected]);
    for path in [
        "/v1/staff/customers/1001",
        "/v1/staff/customers/1001?reason=",
        "/v1/staff/customers/1001?why=x",
        "/v1/staff/customers/1001/audit",
    ] {
        let refused = ben.ask::<Json>(("GET", path), None).await;
        assert_eq!(code(&refused), ErrorCode::Malformed, "{path}");
    }
    let nobody = "/v1/staff/customers/nobody?reason=x";
    let unknown = cyd.ask::<Json>(("GET", nobody), None).await;
    assert_eq!(code(&unknown), ErrorCode::CustomerUnknown);
    assert_eq!(looks(&bank).len(), 2);
}

#[tokio::test]
async fn an_auditor_reads_what_was_done_and_looks_at_nobody() {
    let bank = Bank::open().await;
    let [ada, ben, _] = three(&bank).await;
    let auditor = Desk::member(&ada, None, (&["auditor"], 53)).await;
    let (phone, _) = ben.enrolled("1001").await;
    ben.enrolled("1002").await;
    let look = ("GET", "/v1/staff/customers/1001?reason=audit");
    assert_eq!(
        code(&auditor.ask::<Json>(look, None).await),
        ErrorCode::StaffForbidden
    );
    let read = ("GET", "/v1/staff/customers/1001/audit?reason=audit");
    assert_eq!(
        code(&ben.ask::<Json>(read, None).await),
        ErrorCode::StaffForbidden
    );
    let trail: AuditTrail = auditor.ask(read, None).await.unwrap();
    let actions: Vec<_> = trail
        .records
        .iter()
        .rev()
        .map(|row| row.action.as_str())
        .collect();
    let expected = [
        "activation_code.issued",
        "device.enrolled",
        "channel_token.issued",
        "staff.forbidden",
        "staff.forbidden",
        "customer.looked_at",
    ];
    assert_eq!(actions, expected);
    let enrolled = trail
        .records
        .iter()
        .find(|row| row.action == "device.enrolled")
        .unwrap();
    assert_eq!(enrolled.actor, phone.device.to_string());
    let before = format!(
        "/v1/staff/customers/1001/audit?reason=audit&before={}",
        enrolled.number
    );
    let earlier: AuditTrail = auditor.ask(("GET", &before), None).await.unwrap();
    assert_eq!(earlier.records.len(), 1);
    assert_eq!(looks(&bank).len(), 2);
}
