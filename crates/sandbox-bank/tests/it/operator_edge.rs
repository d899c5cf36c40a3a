//! The operator's routes: a wrong request gets a problem document with its code, and nothing is stored.

use crate::{czk, order, small};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use http_edge::OperatorToken;
use sandbox_bank::SandboxBank;
use sandbox_bank::http::operator_routes;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use types::ErrorCode;

const TOKEN: &str = "operator-secret";

pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) route: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: String,
}

impl<'a> Ask<'a> {
    pub(crate) fn post(route: &'a str, body: &Value) -> Self {
        Self {
            method: Method::POST,
            route,
            token: Some(TOKEN),
            content_type: Some("application/json"),
            body: body.to_string(),
        }
    }
}

pub(crate) async fn ask(bank: &SandboxBank, ask: Ask<'_>) -> (StatusCode, Value) {
    let mut request = Request::builder()
        .method(ask.method)
        .uri(format!("/v1/operator/{}", ask.route));
    if let Some(token) = ask.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(content_type) = ask.content_type {
        request = request.header("content-type", content_type);
    }
    let request = request.body(Full::from(ask.body)).unwrap();
    let router = OperatorToken::new(TOKEN).guard(operator_routes(bank.clone()));
    let response = router
        .oneshot(request.map(axum::body::Body::new))
        .await
        .unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn transaction() -> Value {
    serde_json::to_value(order("t1", "20", 700)).unwrap()
}

fn with(changes: &Value) -> Value {
    let mut body = transaction();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_bank_is_loaded_and_posted_to() {
    let (bank, _directory) = small().await;
    let customers = json!({"customers": [{"customer": "2"}, {"customer": "7", "name": "Věra"}]});
    let (status, loaded) = ask(&bank, Ask::post("customers", &customers)).await;
    assert_eq!(
        (status, loaded),
        (StatusCode::OK, json!({"loaded": 1, "existing": 1}))
    );
    let accounts = json!({"accounts": [{"account": "70", "kind": "loan", "name": "Loan", "currency": "CZK", "opened": "1993-01-01"}]});
    let (status, _) = ask(&bank, Ask::post("accounts", &accounts)).await;
    assert_eq!(status, StatusCode::OK);
    let holders = json!({"holders": [{"account": "70", "customer": "7", "role": "owner"}]});
    let (status, _) = ask(&bank, Ask::post("holders", &holders)).await;
    assert_eq!(status, StatusCode::OK);
    for _ in 0..2 {
        let (status, posted) = ask(
            &bank,
            Ask::post("transactions", &with(&json!({"account": "70"}))),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            posted,
            json!({"transaction": "t1", "account": "70", "number": 1, "sequence": 3,
                   "balance": {"minor_units": 700, "currency": "CZK"}})
        );
    }
}

#[tokio::test]
async fn the_clock_is_shown_and_moved() {
    let (bank, _directory) = small().await;
    let shown = async || {
        let get = Ask {
            method: Method::GET,
            ..Ask::post("clock", &Value::Null)
        };
        ask(&bank, get).await
    };
    let (_, before) = shown().await;
    let hour = json!({"advance_seconds": 3_600});
    let (status, moved) = ask(&bank, Ask::post("clock", &hour)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        moved["time"].as_u64().unwrap(),
        before["time"].as_u64().unwrap() + 3_600_000
    );
    let to = json!({"to": "2030-02-01"});
    let (_, moved) = ask(&bank, Ask::post("clock", &to)).await;
    assert_eq!(moved["date"], "2030-02-01");
    for bad in [
        json!({}),
        json!({"to": "2030-02-02", "advance_seconds": 1}),
        json!({"to": "2030-01-31"}),
        json!({"to": "tomorrow"}),
        json!({"advance_seconds": -1}),
    ] {
        let (status, problem) = ask(&bank, Ask::post("clock", &bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(problem["code"], ErrorCode::Malformed.number(), "{bad}");
    }
    assert_eq!(shown().await.1, moved);
}

#[tokio::test]
async fn a_balance_beyond_json_is_absent_from_the_answer() {
    let (bank, _directory) = small().await;
    let large = json!({"amount": {"minor_units": 9_000_000_000_000_000_i64, "currency": "CZK"}});
    let (_, posted) = ask(&bank, Ask::post("transactions", &with(&large))).await;
    assert_eq!(posted["balance"]["minor_units"], 9_000_000_000_000_000_i64);
    let mut again = with(&large);
    again["transaction"] = json!("t2");
    let (status, posted) = ask(&bank, Ask::post("transactions", &again)).await;
    assert_eq!((status, posted.get("balance")), (StatusCode::OK, None));
    assert_eq!(posted["number"], 2);
}

#[tokio::test]
async fn bad_requests_get_their_problem_and_store_nothing() {
    let (bank, _directory) = small().await;
    let before = bank.trial_balance().await.unwrap();
    let check = async |request: Ask<'_>, code: ErrorCode| {
        let what = format!(
            "{} {}",
            request.route,
            request.body.get(..80).unwrap_or(&request.body)
        );
        let (status, problem) = ask(&bank, request).await;
        assert_eq!(problem["code"], code.number(), "{what}: {problem}");
        assert_eq!(status.as_u16(), code.status(), "{what}");
        assert_eq!(problem["status"], code.status());
        assert!(problem["type"].as_str().unwrap().ends_with(code.slug()));
        assert!(!problem.to_string().contains(TOKEN));
    };
    let post = |changes: Value| with(&changes);
    let transactions = |body: &Value| Ask::post("transactions", body);

    check(
        Ask {
            token: None,
            ..transactions(&transaction())
        },
        ErrorCode::OperatorTokenInvalid,
    )
    .await;
    check(
        Ask {
            token: Some("guess"),
            ..transactions(&transaction())
        },
        ErrorCode::OperatorTokenInvalid,
    )
    .await;
    check(
        Ask {
            content_type: None,
            ..transactions(&transaction())
        },
        ErrorCode::WrongContentType,
    )
    .await;
    check(
        Ask {
            content_type: Some("text/plain"),
            ..transactions(&transaction())
        },
        ErrorCode::WrongContentType,
    )
    .await;
    check(
        Ask {
            method: Method::GET,
            ..transactions(&transaction())
        },
        ErrorCode::MethodNotAllowed,
    )
    .await;
    check(
        Ask {
            body: "{".to_owned(),
            ..transactions(&transaction())
        },
        ErrorCode::Malformed,
    )
    .await;
    check(
        Ask {
            body: "x".repeat(3 << 20),
            ..transactions(&transaction())
        },
        ErrorCode::TooLarge,
    )
    .await;
    check(
        transactions(&post(json!({"surprise": 1}))),
        ErrorCode::Malformed,
    )
    .await;
    check(
        transactions(&post(json!({"transaction": ""}))),
        ErrorCode::Malformed,
    )
    .await;
    check(
        transactions(&post(json!({"transaction": "x".repeat(129)}))),
        ErrorCode::Malformed,
    )
    .await;
    check(
        transactions(&post(json!({"date": "1993-02-30"}))),
        ErrorCode::Malformed,
    )
    .await;
    check(
        transactions(&post(
            json!({"amount": {"minor_units": 1.5, "currency": "CZK"}}),
        )),
        ErrorCode::Malformed,
    )
    .await;
    check(
        transactions(&post(
            json!({"amount": {"minor_units": 1, "currency": "czk"}}),
        )),
        ErrorCode::Malformed,
    )
    .await;
    let beyond = json!({"amount": {"minor_units": 9_007_199_254_740_992_i64, "currency": "CZK"}});
    check(transactions(&post(beyond)), ErrorCode::Malformed).await;
    let eur = json!({"amount": {"minor_units": 1, "currency": "EUR"}});
    check(transactions(&post(eur)), ErrorCode::CurrencyMismatch).await;
    check(
        transactions(&post(json!({"account": "99"}))),
        ErrorCode::AccountUnknown,
    )
    .await;
    let overdrawn = json!({"account": "30", "amount": {"minor_units": -101, "currency": "CZK"}});
    check(transactions(&post(overdrawn)), ErrorCode::InsufficientFunds).await;
    check(
        transactions(&post(json!({"purpose": "x".repeat(1_025)}))),
        ErrorCode::TooLarge,
    )
    .await;
    let role = json!({"holders": [{"account": "20", "customer": "2", "role": "authorised"}]});
    check(Ask::post("holders", &role), ErrorCode::AccountConflict).await;
    let nobody = json!({"holders": [{"account": "20", "customer": "99", "role": "owner"}]});
    check(Ask::post("holders", &nobody), ErrorCode::CustomerUnknown).await;
    let many: Vec<Value> = (0..1_001)
        .map(|id| json!({"customer": id.to_string()}))
        .collect();
    check(
        Ask::post("customers", &json!({"customers": many})),
        ErrorCode::TooLarge,
    )
    .await;

    assert_eq!(bank.trial_balance().await.unwrap(), before);
    let booked = bank.post(order("t1", "20", 700)).await.unwrap();
    assert_eq!(
        (booked.number, booked.balance),
        (1, types::Money::new(700, czk()))
    );
}

#[tokio::test]
async fn a_batch_is_refused_with_the_row_and_the_limit() {
    let (bank, _directory) = small().await;
    let check = async |route: &str, body: Value, detail: &str| {
        let (_, problem) = ask(&bank, Ask::post(route, &body)).await;
        assert_eq!(problem["detail"], detail, "{problem}");
    };
    let customers =
        json!({"customers": [{"customer": "8"}, {"customer": "9", "name": "n".repeat(1_025)}]});
    let detail = "row 2: the name has 1025 bytes; a text has at most 1,024";
    check("customers", customers, detail).await;
    let accounts =
        json!({"accounts": [{"account": "own-1", "kind": "loan", "name": "L", "currency": "CZK"}]});
    let detail = "row 1: ids that begin with own- are the bank's own accounts'";
    check("accounts", accounts, detail).await;
    let holders = json!({"holders": [
        {"account": "20", "customer": "2", "role": "owner"},
        {"account": "20", "customer": "no", "role": "owner"},
    ]});
    check("holders", holders, "row 2: there is no customer no").await;
}

#[tokio::test]
async fn an_empty_token_opens_nothing() {
    let (bank, _directory) = small().await;
    for authorization in ["Bearer ", "Bearer"] {
        let router = OperatorToken::new("").guard(operator_routes(bank.clone()));
        let request = Request::post("/v1/operator/customers")
            .header("authorization", authorization)
            .header("content-type", "application/json")
            .body(axum::body::Body::from(r#"{"customers": []}"#));
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}
