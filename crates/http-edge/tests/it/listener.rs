//! A listener over a real connection: limits, stalls, and its end.

use crate::listening::serve;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use http_edge::{EdgeError, Limits, Listener};
use protocol::http::Problem;
use std::net::SocketAddr;
use std::time::Duration;
use testkit::http_client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use types::ErrorCode;

const GENEROUS: Duration = Duration::from_secs(20);

async fn ended<T>(what: &str, future: impl Future<Output = T>) -> T {
    let timed = tokio::time::timeout(GENEROUS, future).await;
    timed.unwrap_or_else(|_| panic!("{what} in vain"))
}

#[tokio::test]
async fn plain_http_is_for_loopback_alone() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Listener::bind(everywhere, None, Limits::default()).await;
    assert!(matches!(refused, Err(EdgeError::PlainBeyondLoopback(_))));
}

#[tokio::test]
async fn what_it_does_not_know_and_what_is_too_large_are_problems() {
    let router = Router::new().route("/", post(async |body: http_edge::Json<String>| body.0));
    let limits = Limits {
        body_bytes_max: 100,
        ..Limits::default()
    };
    let running = serve(router, limits).await;
    let url = format!("http://{}", running.address);
    let client = http_client();
    let check = async |request: reqwest::RequestBuilder, code: ErrorCode| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), code.status());
        let problem: Problem = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(problem.error_code(), Some(code));
    };
    check(client.get(format!("{url}/nowhere")), ErrorCode::NotFound).await;
    check(client.get(format!("{url}/")), ErrorCode::MethodNotAllowed).await;
    let large = client
        .post(format!("{url}/"))
        .header("content-type", "application/json");
    check(large.body("x".repeat(101)), ErrorCode::TooLarge).await;
    let head = client
        .get(format!("{url}/"))
        .header("authorization", "x".repeat(100_000));
    check(head, ErrorCode::HeadTooLarge).await;
}

/// What is answered to these bytes, up to the connection's end.
async fn answer_to(address: SocketAddr, said: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(said).await.unwrap();
    let mut answer = Vec::new();
    ended("waited for the end", stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn what_is_no_request_is_a_problem_too() {
    let router = Router::new().route("/", get(async || "here"));
    let running = serve(router, Limits::default()).await;
    let long = "x".repeat(40_000);
    let headers: String = (0..101).map(|name| format!("x-{name}: 1\r\n")).collect();
    for (said, code) in [
        (
            "GET / HTTP/1.1\r\nb\u{1}d: 1\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        (
            "GET /\u{1} HTTP/1.1\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        (
            "G\u{1}T / HTTP/1.1\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        ("GET / HTTP/7.7\r\n\r\n".to_owned(), ErrorCode::Malformed),
        ("hello\r\n\r\n".to_owned(), ErrorCode::Malformed),
        (
            "POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n".to_owned(),
            ErrorCode::Malformed,
        ),
        (
            format!("GET /{long} HTTP/1.1\r\n\r\n"),
            ErrorCode::HeadTooLarge,
        ),
        (
            format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n"),
            ErrorCode::HeadTooLarge,
        ),
        (
            format!("GET / HTTP/1.1\r\n{headers}\r\n"),
            ErrorCode::HeadTooLarge,
        ),
    ] {
        let answer = answer_to(running.address, said.as_bytes()).await;
        let what = said.get(..60).unwrap_or(&said);
        let (head, body) = answer.split_once("\r\n\r\n").expect(what);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {} ", code.status())),
            "{what}: {head}"
        );
        assert!(
            head.contains("content-type: application/problem+json"),
            "{what}: {head}"
        );
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{what}: {head}"
        );
        let problem: Problem = serde_json::from_str(body).expect(what);
        assert_eq!(problem.error_code(), Some(code), "{what}");
    }
    let good = "GET / HTTP/1.1\r\nconnection: close\r\n\r\n";
    let answer = answer_to(running.address, good.as_bytes()).await;
    assert!(answer.ends_with("\r\n\r\nhere"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let limits = Limits {
        header_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let running = serve(Router::new(), limits).await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut rest = Vec::new();
    ended("waited for the end", slow.read_to_end(&mut rest))
        .await
        .unwrap();
}

#[tokio::test]
async fn who_does_not_begin_to_speak_is_not_waited_for() {
    let limits = Limits {
        header_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let running = serve(Router::new(), limits).await;
    // Nothing, and what HTTP/2 begins with but for its last byte.
    for said in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let mut silent = TcpStream::connect(running.address).await.unwrap();
        silent.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let end = ended("waited for the end", silent.read_to_end(&mut rest)).await;
        assert!(end.is_ok() || rest.is_empty(), "{said:?}");
    }
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_hung_up_on() {
    struct Dropped(tokio::sync::mpsc::Sender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _told = self.0.try_send(()).is_ok();
        }
    }
    let (drop_, mut dropped) = tokio::sync::mpsc::channel(1);
    let endless = get(async move || {
        let body = futures_util::stream::unfold(Dropped(drop_.clone()), async |state| {
            Some((
                Ok::<_, std::convert::Infallible>(Bytes::from(vec![0; 64 * 1024])),
                state,
            ))
        });
        Body::from_stream(body)
    });
    let limits = Limits {
        stall_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let running = serve(Router::new().route("/", endless), limits).await;
    let mut stalled = TcpStream::connect(running.address).await.unwrap();
    stalled
        .write_all(b"GET / HTTP/1.1\r\nHost: bank\r\n\r\n")
        .await
        .unwrap();
    ended("waited for the body to be dropped", dropped.recv())
        .await
        .unwrap();
}

#[tokio::test]
async fn it_finishes_what_it_began_and_takes_on_no_more() {
    let (enter, mut entered) = tokio::sync::mpsc::channel(1);
    let (release, released) = watch::channel(false);
    let slow = get(async move || {
        enter.send(()).await.unwrap();
        let mut released = released.clone();
        released.wait_for(|released| *released).await.unwrap();
        "finished"
    });
    let limits = Limits {
        drain: GENEROUS,
        ..Limits::default()
    };
    let running = serve(Router::new().route("/", slow), limits).await;
    let url = format!("http://{}/", running.address);
    let begun = tokio::spawn(http_client().get(&url).send());
    ended("waited for the request", entered.recv())
        .await
        .unwrap();
    running.stop.send(true).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    release.send(true).unwrap();
    let answer = ended("waited for the answer", begun)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "finished");
    ended("waited for the listener's end", running.served)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_does_not_finish_is_ended_after_the_drain_time() {
    let (enter, mut entered) = tokio::sync::mpsc::channel(1);
    let stuck = get(async move || {
        enter.send(()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let limits = Limits {
        drain: Duration::from_millis(100),
        ..Limits::default()
    };
    let running = serve(Router::new().route("/", stuck), limits).await;
    let begun = tokio::spawn(
        http_client()
            .get(format!("http://{}/", running.address))
            .send(),
    );
    ended("waited for the request", entered.recv())
        .await
        .unwrap();
    running.stop.send(true).unwrap();
    ended("waited for the listener's end", running.served)
        .await
        .unwrap();
    let answer = ended("waited for the connection's end", begun)
        .await
        .unwrap();
    assert!(answer.is_err(), "the connection was closed");
}
