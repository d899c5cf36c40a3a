//! Bad input at the edges of a running bank: a problem with its code, nothing stored, nothing logged that is secret.

use crate::bank::{Bank, ask, json};
use serde_json::{Value, json as object};

const JSON: &str = "Content-Type: application/json";

/// In everything that is sent here; nothing of it may reach the log.
const MARK: &str = "S3CRETMARK";

fn check(answer: &str, code: u64, what: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let media_type = "content-type: application/problem+json";
    assert!(head.to_lowercase().contains(media_type), "{what}: {answer}");
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["code"], code, "{what}: {body}");
    assert!(
        head.contains(&problem["status"].to_string()),
        "{what}: {head}"
    );
    assert!(
        !body.contains(MARK),
        "{what}: what was sent is not repeated"
    );
}

#[test]
fn the_operators_edge_refuses_and_stores_and_tells_nothing() {
    let bank = Bank::sandbox("");
    let address = bank.operator.to_string();
    let token = std::fs::read_to_string(bank.data().join("operator-token")).unwrap();
    let bearer = format!("Authorization: Bearer {}", token.trim());
    let wrong = format!("Authorization: Bearer {MARK}");
    let row = |customer: &str| object!({"customer": customer, "name": MARK});
    for route in [
        "customers",
        "accounts",
        "holders",
        "transactions",
        "activation-codes",
        "revocations",
    ] {
        let request = format!("POST /v1/operator/{route}");
        let send = |headers: &[&str], body: &str| ask(&address, &request, headers, body);
        check(&send(&[JSON], "{}"), 2010, "no token");
        check(&send(&[JSON, &wrong], "{}"), 2010, "another token");
        check(
            &send(&[&bearer, "Content-Type: text/plain"], "{}"),
            1003,
            "another type",
        );
        check(
            &send(&[JSON, &bearer], &format!("{{\"{MARK}")),
            1001,
            "no JSON",
        );
        check(
            &send(&[JSON, &bearer], &format!("{{\"{MARK}\": 1}}")),
            1001,
            "an unknown field",
        );
        let large = format!("\"{MARK}{}\"", "x".repeat(2 << 20));
        check(&send(&[JSON, &bearer], &large), 1002, "too large");
    }
    // One bad row, and none of its batch is there.
    let rows = object!({"customers": [row("good"), {"customer": 7}]}).to_string();
    let batch = ask(
        &address,
        "POST /v1/operator/customers",
        &[JSON, &bearer],
        &rows,
    );
    check(&batch, 1001, "a batch with a bad row");
    let issue = object!({"customer": "good"}).to_string();
    let issued = ask(
        &address,
        "POST /v1/operator/activation-codes",
        &[JSON, &bearer],
        &issue,
    );
    check(&issued, 4010, "nobody of the refused batch");
    let log = std::fs::read_to_string(bank.path("servers.log")).unwrap();
    assert!(!log.contains(MARK) && !log.contains(token.trim()), "{log}");
}

#[test]
fn wrong_and_used_codes_and_bad_tokens_are_refused_over_http() {
    let bank = Bank::sandbox("");
    let address = bank.public.strip_prefix("http://").unwrap().to_owned();
    let channel = "AAAAAAAAAAAAAAAAAAAAAA";
    for request in [
        format!("GET /v1/channels/{channel}/messages?after=1.0"),
        format!("GET /v1/live?after={channel}:1.0"),
        format!("POST /v1/channels/{channel}/checkpoint"),
        format!("POST /v1/channels/{channel}/snapshot"),
        format!("POST /v1/channels/{channel}/report"),
    ] {
        let forged = format!("Authorization: DPoP {MARK}");
        check(&ask(&address, &request, &[JSON], "{}"), 2001, "no token");
        check(
            &ask(&address, &request, &[JSON, &forged], "{}"),
            2002,
            "a forged token",
        );
    }
    check(
        &ask(&address, "POST /v1/enrolment", &[JSON], MARK),
        1001,
        "no JSON",
    );

    let code = bank.code("1001");
    let told = |code: &str, name: &str| {
        let refused = bank.enrolment("1001", code, &bank.path(name));
        assert!(!refused.status.success());
        String::from_utf8_lossy(&refused.stderr).to_string()
    };
    let wrong = format!("7777777777777777{}", &code[16..]);
    assert!(told(&wrong, "wrong").contains("(4003)"));
    json(&bank.enrolment("1001", &code, &bank.path("first")));
    assert!(told(&code, "second").contains("(4006)"));
    let log = std::fs::read_to_string(bank.path("servers.log")).unwrap();
    assert!(!log.contains(MARK) && !log.contains(&code[..16]), "{log}");
}
