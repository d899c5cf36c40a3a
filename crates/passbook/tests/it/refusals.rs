//! Bad input at the edges of a running bank: a problem with its code, nothing stored, nothing logged that is secret.

use crate::bank::{Bank, ask, json, shown, shown_with};
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

/// The bodies that each route takes, as arrays of their members in order, at the top and below it.
const ARRAYS: [(&str, &str); 12] = [
    ("operator/customers", r#"[[{"customer": "9001"}]]"#),
    ("operator/customers", r#"{"customers": [["9001", null]]}"#),
    ("operator/accounts", r#"[[]]"#),
    (
        "operator/accounts",
        r#"{"accounts": [["9", "current", "A", "CZK", null, null]]}"#,
    ),
    (
        "operator/accounts",
        r#"{"accounts": [{"account": "9", "kind": "current", "name": "A", "currency": "CZK", "limit": [1, "CZK"]}]}"#,
    ),
    ("operator/holders", r#"[[]]"#),
    (
        "operator/holders",
        r#"{"holders": [["ACCOUNT", "1002", "owner"]]}"#,
    ),
    (
        "operator/transactions",
        r#"["t1", "ACCOUNT", {"minor_units": 100, "currency": "CZK"}, "cash_deposit", null, null, null, null]"#,
    ),
    (
        "operator/transactions",
        r#"{"transaction": "t2", "account": "ACCOUNT", "amount": [100, "CZK"], "operation": "cash_deposit"}"#,
    ),
    ("operator/activation-codes", r#"["1001"]"#),
    (
        "operator/revocations",
        r#"["01890a5d-ac96-774b-bcce-b302099a8057"]"#,
    ),
    ("enrolment", r#"["AA", "AA", "AA", "7777777777777777"]"#),
];

#[test]
fn no_route_takes_an_array_for_an_object() {
    let bank = Bank::sandbox("");
    let token = std::fs::read_to_string(bank.data().join("operator-token")).unwrap();
    let bearer = format!("Authorization: Bearer {}", token.trim());
    let (device, _) = bank.enrol("1001", "device");
    let before = shown(&device, "--once");
    let account = before["accounts"][0]["account"].as_str().unwrap();
    let public = bank.public.strip_prefix("http://").unwrap().to_owned();
    let operator = bank.operator.to_string();
    for (route, body) in ARRAYS {
        let address = if route == "enrolment" {
            &public
        } else {
            &operator
        };
        let request = format!("POST /v1/{route}");
        let body = body.replace("ACCOUNT", account);
        let answer = ask(address, &request, &[JSON, &bearer], &body);
        check(&answer, 1001, &format!("{route} {body}"));
    }
    // The same bodies as objects are taken: it is the form alone that was refused.
    let order = object!({"transaction": "t2", "account": account, "operation": "cash_deposit", "purpose": "an object",
        "amount": {"minor_units": 100, "currency": before["accounts"][0]["balances"]["booked"]["currency"]}});
    let posted = ask(
        &operator,
        "POST /v1/operator/transactions",
        &[JSON, &bearer],
        &order.to_string(),
    );
    assert!(posted.starts_with("HTTP/1.1 200 "), "{posted}");
    let after = shown_with(&device, "an object");
    let booked = |home: &Value| {
        home["accounts"][0]["balances"]["booked"]["minor_units"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(booked(&after), booked(&before) + 100);
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
