//! The requests that gateway's routes refuse. None of them reaches notification.

use crate::rig::{CHANNEL, CHECKPOINT, OTHERS, REPORT, ROUTES, Rig, SNAPSHOT, path};
use gateway::ports::StatementsError;
use testkit::Logged;
use testkit::credentials::{self, Ask, ask, check_problem};
use types::ErrorCode;

#[tokio::test]
async fn wrong_credentials_are_refused() {
    for (method, route, body) in ROUTES {
        let rig = Rig::new().await;
        let path = path(route);
        let good = Ask {
            method,
            path: &path,
            body,
        };
        credentials::are_checked(&rig.router, &rig.issuer, &[CHANNEL], good).await;
        let asked = rig.notification.asked();
        assert_eq!(asked.len(), 1, "the good one alone: {asked:?}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let rig = Rig::new().await;
    let device = rig.issuer.device(&[CHANNEL]);
    let check = async |method: &str, path: &str, body: Option<&str>, code: ErrorCode| {
        let headers = device.headers(method, path, &rig.issuer.nonce());
        let question = Ask { method, path, body };
        let answer = ask(&rig.router, question, &headers).await;
        check_problem(&format!("{path} {body:?}"), &answer, code);
    };
    for (method, route, body) in ROUTES {
        let others = format!("/v1/channels/{OTHERS}/{route}");
        check(method, &others, body, ErrorCode::ChannelForbidden).await;
        let none = format!("/v1/channels/guess/{route}");
        check(method, &none, body, ErrorCode::ChannelUnknown).await;
        check("DELETE", &path(route), body, ErrorCode::MethodNotAllowed).await;
        if body.is_some() {
            check(method, &path(route), None, ErrorCode::WrongContentType).await;
            for wrong in ["", "{", "7", r#"{"nonce": 1}"#, "{}", r#"{"other": 1}"#] {
                check(method, &path(route), Some(wrong), ErrorCode::Malformed).await;
            }
            let large = format!("\"{}\"", "x".repeat(3 << 20));
            check(method, &path(route), Some(&large), ErrorCode::TooLarge).await;
        }
    }
    for (route, arrays) in [
        ("checkpoint", r#"["AAAAAAAAAAAAAAAAAAAAAA", 1, 1]"#),
        ("snapshot", "[1, 1]"),
        (
            "report",
            r#"["withheld", null, 1, 0, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, null]"#,
        ),
    ] {
        check("POST", &path(route), Some(arrays), ErrorCode::Malformed).await;
    }
    let short = CHECKPOINT.replacen("AA", "", 1);
    check(
        "POST",
        &path("checkpoint"),
        Some(&short),
        ErrorCode::Malformed,
    )
    .await;
    let finding = REPORT.replace("withheld", "bored");
    check(
        "POST",
        &path("report"),
        Some(&finding),
        ErrorCode::Malformed,
    )
    .await;
    let of_snapshot = |what: &str| path(&format!("snapshots/{SNAPSHOT}/{what}"));
    for what in [
        "parts",
        "parts?from=-1",
        "parts?from=x",
        "parts?from=1&other=1",
        "pages?account=1&from=1",
        "pages?part=1&from=1",
        "pages?part=1&account=1",
        "pages?part=1&account=1&from=-1",
        "pages?part=x&account=1&from=1",
        "pages?part=1&account=&from=1",
        "pages?part=1&account=1&from=1&other=1",
    ] {
        check("GET", &of_snapshot(what), None, ErrorCode::Malformed).await;
    }
    for unknown in ["7/parts?from=1", "1.7/pages?part=1&account=1&from=1"] {
        let unknown = path(&format!("snapshots/{unknown}"));
        check("GET", &unknown, None, ErrorCode::SnapshotUnknown).await;
    }
    assert_eq!(rig.notification.asked(), [""; 0]);
}

#[tokio::test]
async fn what_notification_refuses_has_its_code() {
    let rig = Rig::new().await;
    let device = rig.issuer.device(&[CHANNEL]);
    let logged = Logged::capture();
    for (error, code) in [
        (StatementsError::ChannelUnknown, ErrorCode::ChannelUnknown),
        (StatementsError::SnapshotUnknown, ErrorCode::SnapshotUnknown),
        (StatementsError::PageUnknown, ErrorCode::NotFound),
        (StatementsError::ReportInvalid, ErrorCode::ReportInvalid),
        (StatementsError::NotAReader, ErrorCode::ChannelForbidden),
        (
            StatementsError::Unavailable("the disk is gone".into()),
            ErrorCode::Unavailable,
        ),
    ] {
        let path = path("report");
        rig.notification.refuse(error);
        let headers = device.headers("POST", &path, &rig.issuer.nonce());
        let question = Ask {
            method: "POST",
            path: &path,
            body: Some(REPORT),
        };
        let answer = ask(&rig.router, question, &headers).await;
        check_problem("refused", &answer, code);
        assert!(
            !answer.2.to_string().contains("disk"),
            "the answer does not reveal internal errors"
        );
    }
    assert!(logged.text().contains("the disk is gone"), "but logged");
}

#[tokio::test]
async fn a_refused_report_is_logged_as_refused_and_many_of_them_in_few_lines() {
    let rig = Rig::new().await;
    let device = rig.issuer.device(&[CHANNEL]);
    let path = path("report");
    let report = async |body: &str| {
        let headers = device.headers("POST", &path, &rig.issuer.nonce());
        let question = Ask {
            method: "POST",
            path: &path,
            body: Some(body),
        };
        ask(&rig.router, question, &headers).await
    };
    let broken = REPORT.replace("withheld", "chain_broken");
    let lines = |logged: &Logged| logged.text().matches("a report was refused").count();

    let logged = Logged::capture();
    assert_eq!(report(&broken).await.0, 202);
    assert_eq!(
        logged.text(),
        "",
        "what is taken note of is notification's to log"
    );
    for _ in 0..50 {
        rig.notification.refuse(StatementsError::ReportInvalid);
        check_problem(
            "a head that the bank did not sign",
            &report(&broken).await,
            ErrorCode::ReportInvalid,
        );
    }
    assert_eq!(lines(&logged), 20, "{}", logged.text());
    assert!(logged.text().contains("chain_broken"), "{}", logged.text());
    assert!(!logged.text().contains("a device reported a discrepancy"));

    rig.notification.asked();
    let with = |reason: &str| broken.replacen('{', &format!("{{\"reason\": \"{reason}\", "), 1);
    for reason in ["", "Two words", "a\\nb", "\u{202e}", &"x".repeat(65)] {
        let answer = report(&with(reason)).await;
        check_problem(reason, &answer, ErrorCode::Malformed);
    }
    assert_eq!(rig.notification.asked(), [""; 0]);
    assert_eq!(report(&with(&"x".repeat(64))).await.0, 202);
}
