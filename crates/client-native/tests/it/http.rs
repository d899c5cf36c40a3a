//! Requests and streams over real connections.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use client::{BODY_BYTES_MAX, Method, Opened, Request, Transport as _};
use client_native::{HttpTransport, UrlError, http_client};
use futures_util::{StreamExt as _, stream};
use protocol::live::{Asked, Frame};
use std::convert::Infallible;

fn client() -> reqwest::Client {
    // Another test may have installed the provider first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    http_client().unwrap()
}

async fn serve(routes: Router) -> HttpTransport {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes).into_future());
    HttpTransport::new(client(), &url).unwrap()
}

fn request(method: Method, path: &str, body: Option<&[u8]>) -> Request {
    Request {
        method,
        path: path.to_owned(),
        headers: vec![
            ("dpop", "proof".into()),
            ("accept", "application/json".into()),
        ],
        body: body.map(<[u8]>::to_vec),
    }
}

async fn echo(uri: Uri, headers: HeaderMap, body: Bytes) -> impl axum::response::IntoResponse {
    let seen = format!(
        "{uri} {} {}",
        headers["dpop"].to_str().unwrap(),
        String::from_utf8_lossy(&body)
    );
    (StatusCode::CREATED, [("dpop-nonce", "next")], seen)
}

#[tokio::test]
async fn a_request_arrives_unchanged() {
    let transport = serve(Router::new().route("/v1/echo", post(echo).get(echo))).await;
    assert!(!transport.public_url().ends_with('/'));
    let answer = transport
        .send(request(
            Method::Post,
            "/v1/echo?after=a:1.2,b:1.0&x=%2F",
            Some(b"body"),
        ))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.dpop_nonce.as_deref()),
        (201, Some("next"))
    );
    assert_eq!(answer.body, "/v1/echo?after=a:1.2,b:1.0&x=%2F proof body");
    let answer = transport
        .send(request(Method::Get, "/v1/nowhere", None))
        .await
        .unwrap();
    assert_eq!((answer.status, answer.dpop_nonce), (404, None));
}

#[tokio::test]
async fn redirects_are_not_followed_and_long_answers_refused() {
    let routes = Router::new()
        .route("/redirect", get(async || Redirect::temporary("/long")))
        .route("/long", get(async || vec![0_u8; BODY_BYTES_MAX + 1]))
        .route("/full", get(async || vec![0_u8; BODY_BYTES_MAX]));
    let transport = serve(routes).await;
    let answer = transport
        .send(request(Method::Get, "/redirect", None))
        .await
        .unwrap();
    assert_eq!(answer.status, 307);
    assert!(
        transport
            .send(request(Method::Get, "/long", None))
            .await
            .is_err()
    );
    let answer = transport
        .send(request(Method::Get, "/full", None))
        .await
        .unwrap();
    assert_eq!(answer.body.len(), BODY_BYTES_MAX);
}

#[tokio::test]
async fn a_stream_arrives_frame_by_frame_and_its_end_is_reported() {
    let asked = asked();
    let (sender, receiver) = tokio::sync::mpsc::channel::<String>(4);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let receiver = std::sync::Arc::new(receiver);
    let live = async move || {
        let receiver = receiver.lock().unwrap().take().unwrap();
        let pieces = stream::unfold(receiver, async |mut receiver| {
            let piece = receiver.recv().await?;
            Some((Ok::<_, Infallible>(piece), receiver))
        });
        ([("dpop-nonce", "next")], Body::from_stream(pieces)).into_response()
    };
    let refused = async || {
        (
            StatusCode::UNAUTHORIZED,
            [(header::CONTENT_TYPE, "application/problem+json")],
            "{}",
        )
    };
    let transport = serve(
        Router::new()
            .route("/v1/live", get(live))
            .route("/v1/refused", get(refused)),
    )
    .await;
    let Opened::Stream {
        dpop_nonce,
        mut frames,
    } = transport
        .open(request(Method::Get, "/v1/live", None), &asked)
        .await
        .unwrap()
    else {
        panic!("refused");
    };
    assert_eq!(dpop_nonce.as_deref(), Some("next"));
    for seconds in [3, 2, 1] {
        let frame = Frame::Expiring { seconds };
        let mut text = String::new();
        frame.write(&asked, &mut text);
        let rest = text.split_off(text.len() / 2);
        sender.send(text).await.unwrap();
        sender.send(rest).await.unwrap();
        assert_eq!(frames.next().await.unwrap().unwrap(), frame);
    }
    drop(sender);
    assert!(frames.next().await.is_none());
    match transport
        .open(request(Method::Get, "/v1/refused", None), &asked)
        .await
        .unwrap()
    {
        Opened::Refused(answer) => assert_eq!(
            (answer.status, answer.body.as_ref()),
            (401, b"{}".as_slice())
        ),
        Opened::Stream { .. } => panic!("not refused"),
    }
}

fn asked() -> Asked {
    "_8JfFdiMCjwjlsHEvNorgw:1.0".parse().unwrap()
}

/// Reports when the server drops it.
struct DropSignal(tokio::sync::mpsc::Sender<()>);

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let (sender, mut held) = tokio::sync::mpsc::channel::<()>(1);
    let slot = std::sync::Arc::new(std::sync::Mutex::new(Some(DropSignal(sender))));
    let live = async move || {
        let held = slot.lock().unwrap().take().unwrap();
        let pieces = stream::unfold((0, held), async |(told, held)| {
            if told > 0 {
                // A lost connection is noticed only when it is written to.
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert!(!held.0.is_closed());
            let mut text = String::new();
            Frame::Expiring { seconds: 1 }.write(&asked(), &mut text);
            Some((Ok::<_, Infallible>(text), (told + 1, held)))
        });
        Body::from_stream(pieces).into_response()
    };
    let transport = serve(Router::new().route("/v1/live", get(live))).await;
    let request = request(Method::Get, "/v1/live", None);
    let opened = transport.open(request, &asked()).await;
    let Opened::Stream { mut frames, .. } = opened.unwrap() else {
        panic!("refused");
    };
    frames.next().await.unwrap().unwrap();
    drop(frames);
    let closed = tokio::time::timeout(std::time::Duration::from_secs(30), held.recv()).await;
    assert_eq!(closed, Ok(None), "the server dropped the stream");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_the_position() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let transport = HttpTransport::new(client(), &url).unwrap();
    let error = transport
        .send(request(Method::Get, "/v1/live?after=secret", None))
        .await
        .unwrap_err();
    let mut told = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        told.push_str(&format!("{error} {error:?}\n"));
        cause = error.source();
    }
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn plain_http_is_allowed_to_this_machine_only() {
    let check = |url: &str, expected: Result<(), UrlError>| {
        assert_eq!(
            HttpTransport::new(client(), url).map(|_| ()),
            expected,
            "{url}"
        );
    };
    check("https://bank.example", Ok(()));
    check("https://bank.example:8443/passbook/", Ok(()));
    for local in [
        "http://127.0.0.1:8480",
        "http://[::1]:8480",
        "http://localhost",
    ] {
        check(local, Ok(()));
    }
    for clear in [
        "http://bank.example",
        "http://10.0.0.1:80",
        "http://127.0.0.1.bank.example",
    ] {
        check(clear, Err(UrlError::InTheClear));
    }
    for none in [
        "",
        "bank.example",
        "ftp://bank.example",
        "https://me@bank.example",
        "https://bank.example?x=1",
    ] {
        check(none, Err(UrlError::NotAUrl));
    }
}
