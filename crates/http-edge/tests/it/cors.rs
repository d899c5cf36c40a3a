//! Pages of other origins: none unless configured, and then only the necessary permissions.

use crate::listening::at_once;
use crate::listening::{Running, run};
use axum::Router;
use axum::routing::post;
use http_edge::{Admission, AdmissionSettings, Cors, Limits, Rejection};
use reqwest::{Method, Response};
use testkit::http_client;
use types::ErrorCode;

const APP: &str = "https://app.bank.example";

const CORS_HEADERS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-expose-headers",
    "access-control-max-age",
];

async fn bank(origins: &[&str], settings: AdmissionSettings) -> Running {
    let limited = async || Rejection::new(ErrorCode::TooManyProofs).with_retry_after_ms(2_500);
    let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let router = Router::new().route("/v1/limited", post(limited));
    let admission = Admission::new(settings, Vec::new());
    let cors = Cors::new(&origins).unwrap();
    run(router, Limits::default(), cors, admission).await
}

async fn ask(running: &Running, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let url = format!("http://{}{path}", running.address);
    let mut request = http_client().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// The CORS headers of an answer.
fn cors(answer: &Response) -> Vec<(&'static str, &str)> {
    let value = |name| Some((name, answer.headers().get(name)?.to_str().unwrap()));
    CORS_HEADERS.into_iter().filter_map(value).collect()
}

const PREFLIGHT: [(&str, &str); 3] = [
    ("origin", APP),
    ("access-control-request-method", "POST"),
    (
        "access-control-request-headers",
        "authorization,content-type,dpop",
    ),
];

#[tokio::test]
async fn a_configured_page_can_call_and_read_answers() {
    let running = bank(
        &["https://other.example", APP],
        AdmissionSettings::default(),
    )
    .await;
    let preflight = ask(&running, Method::OPTIONS, "/v1/limited", &PREFLIGHT).await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(
        cors(&preflight),
        [
            (CORS_HEADERS[0], APP),
            (CORS_HEADERS[1], "GET, POST"),
            (
                CORS_HEADERS[2],
                "accept, authorization, content-type, dpop, last-event-id"
            ),
            (
                CORS_HEADERS[4],
                "dpop-nonce, retry-after, www-authenticate, x-request-id"
            ),
            (CORS_HEADERS[5], "7200"),
        ]
    );
    assert_eq!(preflight.headers()["vary"], "origin");
    let read = [
        (CORS_HEADERS[0], APP),
        (
            CORS_HEADERS[4],
            "dpop-nonce, retry-after, www-authenticate, x-request-id",
        ),
    ];
    for (method, path, status) in [
        (Method::POST, "/v1/limited", 429),
        (Method::GET, "/v1/limited", 405),
        (Method::GET, "/nowhere", 404),
    ] {
        let answer = ask(&running, method, path, &[("origin", APP)]).await;
        assert_eq!(answer.status(), status);
        assert_eq!(cors(&answer), read, "a refusal can be read, too");
        if status == 429 {
            assert_eq!(answer.headers()["retry-after"], "3", "2.5 s, rounded up");
        }
    }
}

#[tokio::test]
async fn a_page_can_read_an_overload() {
    let settings = AdmissionSettings {
        requests_max: 0,
        ..at_once()
    };
    let running = bank(&[APP], settings).await;
    let shed = ask(&running, Method::POST, "/v1/limited", &[("origin", APP)]).await;
    assert_eq!(shed.status(), 503);
    assert_eq!(shed.headers()["access-control-allow-origin"], APP);
    let preflight = ask(&running, Method::OPTIONS, "/v1/limited", &PREFLIGHT).await;
    assert_eq!(preflight.status(), 204);
}

#[tokio::test]
async fn pages_of_other_origins_get_no_headers() {
    for (origins, origin) in [
        (&[][..], APP),
        (&[APP][..], "https://evil.example"),
        (&[APP][..], "https://app.bank.example.evil.example"),
        (&[APP][..], "http://app.bank.example"),
        (&[APP][..], "https://app.bank.example:8443"),
        (&[APP][..], "null"),
    ] {
        let running = bank(origins, AdmissionSettings::default()).await;
        let headers = [("origin", origin), PREFLIGHT[1], PREFLIGHT[2]];
        let preflight = ask(&running, Method::OPTIONS, "/v1/limited", &headers).await;
        assert_eq!(preflight.status(), 405, "{origin}");
        assert_eq!(cors(&preflight), [], "{origin}");
        let answer = ask(&running, Method::POST, "/v1/limited", &headers[..1]).await;
        assert_eq!(answer.status(), 429, "{origin}");
        assert_eq!(cors(&answer), [], "{origin}");
        let varies = answer.headers().contains_key("vary");
        assert_eq!(varies, !origins.is_empty(), "caches must separate origins");
    }
}

#[tokio::test]
async fn no_page_calls_what_peoples_browsers_open() {
    let origins = [APP.to_owned()];
    let cors_but_one = Cors::new(&origins).unwrap().except(&["/v1/limited"]);
    let limited = async || Rejection::new(ErrorCode::TooManyProofs);
    let router = Router::new().route("/v1/limited", post(limited));
    let admission = Admission::new(AdmissionSettings::default(), Vec::new());
    let running = run(router, Limits::default(), cors_but_one, admission).await;
    for method in [Method::OPTIONS, Method::POST] {
        let answer = ask(&running, method, "/v1/limited", &PREFLIGHT).await;
        assert_eq!(cors(&answer), []);
    }
    let other = ask(&running, Method::OPTIONS, "/v1/other", &PREFLIGHT).await;
    assert_eq!(other.status(), 204);
}
