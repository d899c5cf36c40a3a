//! Over HTTP: a valid request is answered; an invalid one gets a problem document with its code and changes nothing.

use crate::bank::{Bank, nth};
use crate::phone::Phone;
use axum::Router;
use axum::body::Body;
use ciam::http::{operator_routes, routes};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use http_edge::OperatorToken;
use protocol::http::{Challenge, EnrolmentAnswer, IssuedCode, Revoked};
use serde_json::{Value, json};
use token::Jwks;
use tower::ServiceExt as _;
use types::ErrorCode;

const TOKEN: &str = "operator-secret";
const JSON: Option<&str> = Some("application/json");

/// All routes on one router, instead of two listeners.
fn edge(bank: &Bank) -> Router {
    let guard = OperatorToken::new(TOKEN);
    routes(bank.ciam.clone()).merge(guard.guard(operator_routes(bank.ciam.clone())))
}

async fn ask(
    bank: &Bank,
    method: Method,
    path: &str,
    content_type: Option<&str>,
    body: String,
) -> Response<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {TOKEN}"));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let request = request.body(Body::from(body)).unwrap();
    edge(bank).oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Vec<u8> {
    let body = response.into_body().collect().await.unwrap();
    body.to_bytes().to_vec()
}

async fn post<T: serde::de::DeserializeOwned>(bank: &Bank, path: &str, sent: &Value) -> T {
    let response = ask(bank, Method::POST, path, JSON, sent.to_string()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    serde_json::from_slice(&body(response).await).unwrap()
}

async fn problem(response: Response<Body>) -> Value {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let status = response.status().as_u16();
    let problem: Value = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn from_code_to_revocation_over_http() {
    let bank = Bank::open().await;
    let asked = json!({"customer": "1001"});
    let issued: IssuedCode = post(&bank, "/v1/operator/activation-codes", &asked).await;
    assert_eq!((issued.code.len(), issued.root.len()), (16, 26));

    let path = "/v1/enrolment/challenge";
    let response = ask(&bank, Method::POST, path, None, String::new()).await;
    let challenge: Challenge = serde_json::from_slice(&body(response).await).unwrap();
    let phone = Phone::new();
    let request = phone.request(&challenge, "1001", &issued.code);
    let request = serde_json::to_value(&request).unwrap();
    let answer: EnrolmentAnswer = post(&bank, "/v1/enrolment", &request).await;
    assert_eq!(answer.device, phone.device);

    let path = "/.well-known/jwks.json";
    let response = ask(&bank, Method::GET, path, None, String::new()).await;
    let jwks: Jwks = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(jwks, bank.ciam.jwks());

    let asked = json!({"device": phone.device});
    for _ in 0..2 {
        let revoked: Revoked = post(&bank, "/v1/operator/revocations", &asked).await;
        assert_eq!((revoked.device, revoked.revocation), (phone.device, nth(2)));
    }
    let response = ask(
        &bank,
        Method::POST,
        "/v1/enrolment",
        JSON,
        request.to_string(),
    )
    .await;
    let refused = problem(response).await;
    assert_eq!(refused["code"], ErrorCode::DeviceRevoked.number());
}

#[tokio::test]
async fn invalid_requests_get_a_problem_with_their_code_and_change_nothing() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    let challenge = bank.ciam.challenge().unwrap();
    let whole = Phone::new().request(&challenge, "1001", &code);
    let whole = serde_json::to_value(&whole).unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = whole.clone();
        changed[name] = value;
        changed.to_string()
    };
    let enrol = "/v1/enrolment";
    let codes = "/v1/operator/activation-codes";
    let revocations = "/v1/operator/revocations";
    let unknown_device = json!({"device": Phone::new().device}).to_string();
    let long = "7".repeat(200);
    let cases = [
        (enrol, JSON, String::new(), ErrorCode::Malformed),
        (enrol, JSON, "{".into(), ErrorCode::Malformed),
        (enrol, JSON, "[]".into(), ErrorCode::Malformed),
        (enrol, JSON, with("extra", json!(1)), ErrorCode::Malformed),
        (enrol, JSON, with("mac", json!("=")), ErrorCode::Malformed),
        (enrol, JSON, with("code", json!(7)), ErrorCode::Malformed),
        (enrol, None, whole.to_string(), ErrorCode::WrongContentType),
        (
            enrol,
            Some("application/cbor"),
            whole.to_string(),
            ErrorCode::WrongContentType,
        ),
        (
            enrol,
            JSON,
            with("code", json!("7".repeat(50_000))),
            ErrorCode::TooLarge,
        ),
        (
            enrol,
            JSON,
            with("mac", json!("AAAA")),
            ErrorCode::EnrolmentInvalid,
        ),
        (
            enrol,
            JSON,
            with("session", json!("AAAA")),
            ErrorCode::EnrolmentInvalid,
        ),
        (enrol, JSON, with("code", json!("")), ErrorCode::CodeInvalid),
        (codes, JSON, "{}".into(), ErrorCode::Malformed),
        (
            codes,
            JSON,
            json!({"customer": long}).to_string(),
            ErrorCode::Malformed,
        ),
        (
            codes,
            JSON,
            json!({"customer": "nobody"}).to_string(),
            ErrorCode::CustomerUnknown,
        ),
        (
            codes,
            Some("text/plain"),
            json!({"customer": "1001"}).to_string(),
            ErrorCode::WrongContentType,
        ),
        (
            revocations,
            JSON,
            json!({"device": "phone"}).to_string(),
            ErrorCode::Malformed,
        ),
        (revocations, JSON, unknown_device, ErrorCode::DeviceUnknown),
    ];
    let before = bank.kept();
    for (path, content_type, sent, expected) in cases {
        let told = problem(ask(&bank, Method::POST, path, content_type, sent.clone()).await).await;
        assert_eq!(told["code"], expected.number(), "{path} {sent}: {told}");
        assert!(!told.to_string().contains(&code), "{told}");
        assert_eq!(bank.kept(), before, "{path} {sent}");
    }
    for path in [enrol, codes, revocations, "/v1/enrolment/challenge"] {
        let told = problem(ask(&bank, Method::GET, path, None, String::new()).await).await;
        assert_eq!(told["code"], ErrorCode::MethodNotAllowed.number());
    }
    assert_eq!(bank.neighbour.calls(), []);
}

#[tokio::test]
async fn a_failed_proof_names_the_check_and_no_more() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    let challenge = bank.ciam.challenge().unwrap();
    let phone = Phone::new();
    let request = phone.signed_by(
        &phone.session,
        &phone.approval,
        &Phone::new().agreement,
        &phone.enrolment(&challenge, "1001", &code),
        &code,
    );
    let sent = serde_json::to_string(&request).unwrap();
    let told = problem(ask(&bank, Method::POST, "/v1/enrolment", JSON, sent).await).await;
    assert_eq!(told["code"], ErrorCode::EnrolmentInvalid.number());
    assert_eq!(
        told["detail"],
        "the enrolment's proof is not valid: mac_invalid"
    );
}

#[tokio::test]
async fn a_failing_service_is_a_fault_of_the_bank() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let request = phone.request(&challenge, "1001", &code);
    let sent = serde_json::to_string(&request).unwrap();
    bank.neighbour.state().broker_down = true;
    let response = ask(&bank, Method::POST, "/v1/enrolment", JSON, sent).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let told = problem(response).await;
    assert_eq!(told["code"], ErrorCode::Unavailable.number());
    assert!(told["instance"].is_string());
    assert!(!told.to_string().contains("down"), "{told}");
}

#[tokio::test]
async fn the_operators_routes_require_the_operators_token() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    let before = bank.kept();
    for (path, sent) in [
        ("/v1/operator/activation-codes", json!({"customer": "1001"})),
        ("/v1/operator/revocations", json!({"device": phone.device})),
    ] {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("authorization", "Bearer another")
            .body(Body::from(sent.to_string()))
            .unwrap();
        let response = edge(&bank).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let told = problem(response).await;
        assert_eq!(told["code"], ErrorCode::OperatorTokenInvalid.number());
    }
    assert_eq!(bank.kept(), before);
}
