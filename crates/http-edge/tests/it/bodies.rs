//! Invalid JSON bodies.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use http_edge::Json;
use http_edge::Rejection;
use serde::{Deserialize, Serialize};
use testkit::credentials::{Ask, ask, check_problem};
use types::ErrorCode;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    pin: u16,
}

fn router() -> Router {
    Router::new()
        .route("/", post(async |Json(pin): Json<Pin>| Json(pin)))
        .layer(DefaultBodyLimit::max(64))
}

async fn check(body: &str, content_type: &str, code: ErrorCode) {
    let request = http::Request::post("/").header("content-type", content_type);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = tower::ServiceExt::oneshot(router(), request).await.unwrap();
    let (parts, body_) = response.into_parts();
    let answer = http_body_util::BodyExt::collect(body_).await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&answer.to_bytes()).unwrap();
    assert!(
        !problem.to_string().contains("4321"),
        "the content is not repeated"
    );
    check_problem(body, &(parts.status, parts.headers, problem), code);
}

#[tokio::test]
async fn an_invalid_body_is_a_problem_that_does_not_repeat_it() {
    let json = "application/json";
    let good = Ask {
        method: "POST",
        path: "/",
        body: Some(r#"{"pin": 4321}"#),
    };
    assert!(ask(&router(), good, &[]).await.0.is_success());
    check(r#"{"pin": "4321"}"#, json, ErrorCode::Malformed).await;
    check(r#"{"pin": 4321"#, json, ErrorCode::Malformed).await;
    check(r#"{"pin": 4321, "other": 1}"#, json, ErrorCode::Malformed).await;
    check("4321", "text/plain", ErrorCode::WrongContentType).await;
    check("4321", "application/jsonp", ErrorCode::WrongContentType).await;
    check(&" 4321".repeat(100), json, ErrorCode::TooLarge).await;
}

#[test]
fn a_fault_logs_its_cause_and_gives_the_caller_an_instance() {
    let logged = testkit::Logged::capture();
    let cause = std::io::Error::other("the disk is gone");
    let rejection = Rejection::of_fault(ErrorCode::Unavailable, &cause);
    assert_eq!(rejection.code(), ErrorCode::Unavailable.number());
    let told = format!("{rejection:?}");
    assert!(!told.contains("disk"), "{told}");
    let text = logged.text();
    assert!(
        text.contains("the disk is gone") && text.contains("urn:passbook:fault:"),
        "{text}"
    );
}
