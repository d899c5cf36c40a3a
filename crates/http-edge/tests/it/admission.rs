//! Limits: classes, prefixes, turns, bytes and deadlines.

use crate::listening::at_once;
use crate::listening::{Running, serve_admitting};
use axum::Router;
use axum::routing::{get, post};
use http_edge::{AdmissionSettings, Class, ClassLimits, Json, Rejection, Stranger};
use protocol::http::Problem;
use reqwest::Response;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use testkit::http_client_from;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use types::ErrorCode;

const ONE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const GENEROUS: Duration = Duration::from_secs(20);
const CLASSES: [(&str, Class); 4] = [
    ("/enrol", Class::Enrolment),
    ("/pull/{name}", Class::Pull),
    ("/live", Class::Live),
    ("/body", Class::Enrolment),
];

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let timed = tokio::time::timeout(GENEROUS, future).await;
    timed.unwrap_or_else(|_| panic!("timed out: {what}"))
}

/// A handler that reports who entered and waits until it is released.
#[derive(Clone)]
struct Slow {
    enter: mpsc::UnboundedSender<String>,
    released: Arc<Semaphore>,
}

impl Slow {
    fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (enter, entered) = mpsc::unbounded_channel();
        let released = Arc::new(Semaphore::new(0));
        (Self { enter, released }, entered)
    }

    async fn run(&self, name: String) {
        self.enter.send(name).unwrap();
        self.released.acquire().await.unwrap().forget();
    }
}

fn router(slow: &Slow) -> Router {
    let slowly = |name: &'static str, slow: Slow| {
        get(async move |headers: http::HeaderMap| {
            let name = headers
                .get("name")
                .map_or(name, |name| name.to_str().unwrap());
            slow.run(name.to_owned()).await;
        })
    };
    Router::new()
        .route("/enrol", slowly("enrol", slow.clone()))
        .route("/pull/{name}", slowly("pull", slow.clone()))
        .route("/live", get(async || "streamed"))
        .route("/anonymous", get(async || "here"))
        .route("/body", post(async |Json(body): Json<String>| body))
}

fn limits(concurrent_max: usize, waiting_max: usize) -> ClassLimits {
    ClassLimits {
        concurrent_max,
        waiting_max,
        deadline: GENEROUS,
    }
}

fn ask(
    running: &Running,
    from: Ipv4Addr,
    path: &str,
    name: &str,
) -> JoinHandle<reqwest::Result<Response>> {
    let url = format!("http://{}{path}", running.address);
    let request = http_client_from(IpAddr::V4(from))
        .get(url)
        .header("name", name);
    tokio::spawn(request.send())
}

async fn answered(what: &str, asked: JoinHandle<reqwest::Result<Response>>) -> Response {
    soon(what, asked).await.unwrap().unwrap()
}

async fn check_refused(answer: Response, code: ErrorCode) {
    assert_eq!(answer.status().as_u16(), code.status());
    if code.status() == 503 || code.status() == 429 {
        assert!(answer.headers().contains_key("retry-after"));
    }
    let problem: Problem = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.error_code(), Some(code));
}

#[tokio::test]
async fn requests_of_one_class_do_not_wait_for_those_of_another() {
    let (slow, mut entered) = Slow::new();
    let settings = AdmissionSettings {
        enrolment: limits(1, 0),
        pull: limits(1, 0),
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let enrolling = ask(&running, ONE, "/enrol", "enrolling");
    soon("waited for the enrolment", entered.recv())
        .await
        .unwrap();
    let refused = answered("waited to be refused", ask(&running, OTHER, "/enrol", "")).await;
    check_refused(refused, ErrorCode::Overloaded).await;
    let pulling = ask(&running, ONE, "/pull/channel", "pulling");
    let name = soon("waited for the pull", entered.recv()).await.unwrap();
    assert_eq!(name, "pulling");
    for path in ["/anonymous", "/live"] {
        let answer = answered(path, ask(&running, ONE, path, "")).await;
        assert_eq!(answer.status(), 200);
    }
    slow.released.add_permits(2);
    for asked in [enrolling, pulling] {
        assert_eq!(answered("waited", asked).await.status(), 200);
    }
}

#[tokio::test]
async fn addresses_take_turns() {
    let (slow, mut entered) = Slow::new();
    let settings = AdmissionSettings {
        enrolment: limits(1, 100),
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let first = ask(&running, ONE, "/enrol", "first");
    soon("waited for the first", entered.recv()).await.unwrap();
    let many: Vec<_> = (0..20)
        .map(|_| ask(&running, ONE, "/enrol", "many"))
        .collect();
    // One of the many is answered, so that all of them are known to have arrived before the single one.
    slow.released.add_permits(1);
    soon("waited for one of the many", entered.recv())
        .await
        .unwrap();
    let single = ask(&running, OTHER, "/enrol", "single");
    let mut before = 0;
    loop {
        slow.released.add_permits(1);
        let name = soon("waited for the single one", entered.recv()).await;
        if name.unwrap() == "single" {
            break;
        }
        before += 1;
    }
    assert!(before < 19, "the single one came last");
    slow.released.add_permits(100);
    for asked in many.into_iter().chain([first, single]) {
        assert_eq!(answered("waited", asked).await.status(), 200);
    }
}

#[tokio::test]
async fn requests_are_limited_per_address() {
    for (bounds_loopback, refused) in [(true, true), (false, false)] {
        let (slow, mut entered) = Slow::new();
        let settings = AdmissionSettings {
            requests_of_prefix_max: 1,
            bounds_loopback,
            ..at_once()
        };
        let running = serve_admitting(router(&slow), settings, &CLASSES).await;
        let first = ask(&running, ONE, "/enrol", "");
        soon("waited for the first", entered.recv()).await.unwrap();
        let second = answered("waited", ask(&running, ONE, "/anonymous", "")).await;
        if refused {
            check_refused(second, ErrorCode::Overloaded).await;
        } else {
            assert_eq!(second.status(), 200, "loopback has no limit");
        }
        let other = answered("waited", ask(&running, OTHER, "/anonymous", "")).await;
        assert_eq!(other.status(), 200);
        slow.released.add_permits(1);
        assert_eq!(answered("waited", first).await.status(), 200);
    }
}

#[tokio::test]
async fn connections_are_limited_per_address() {
    let (slow, _entered) = Slow::new();
    let settings = AdmissionSettings {
        connections_of_prefix_max: 1,
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let _open = connect(running.address, ONE).await;
    let mut refused = connect(running.address, ONE).await;
    let mut rest = Vec::new();
    let end = soon("waited for the end", refused.read_to_end(&mut rest)).await;
    assert!(end.is_err() || rest.is_empty());
    let other = answered("waited", ask(&running, OTHER, "/anonymous", "")).await;
    assert_eq!(other.status(), 200);
}

async fn connect(address: SocketAddr, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}

/// Sends a request with the start of its body. The server waits for the rest.
async fn body_begun(running: &Running, from: Ipv4Addr, begun: &str, length: usize) -> TcpStream {
    let mut stream = connect(running.address, from).await;
    let head = format!(
        "POST /body HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, "HTTP/1.1 100");
    let mut rest = [0; " Continue\r\n\r\n".len()];
    stream.read_exact(&mut rest).await.unwrap();
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream
}

async fn status(stream: &mut TcpStream) -> String {
    let mut status = [0; 12];
    let read = stream.read_exact(&mut status);
    soon("waited for an answer", read).await.unwrap();
    String::from_utf8(status.to_vec()).unwrap()
}

#[tokio::test]
async fn incomplete_bodies_keep_no_permit() {
    let (slow, _entered) = Slow::new();
    let settings = AdmissionSettings {
        enrolment: limits(1, 0),
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        begun.push(body_begun(&running, ONE, "\"", 9).await);
    }
    let mut whole = body_begun(&running, OTHER, "\"arrived\"", 9).await;
    assert_eq!(status(&mut whole).await, "HTTP/1.1 200");
    begun[0].write_all(b"arrived\"").await.unwrap();
    assert_eq!(status(&mut begun[0]).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn the_bytes_of_bodies_are_counted_for_their_sender() {
    let (slow, _entered) = Slow::new();
    let settings = AdmissionSettings {
        body_bytes_of_prefix_max: 1_000,
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let text = format!("\"{}", "x".repeat(598));
    let mut refused = 0;
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(body_begun(&running, ONE, &text, 9_000).await);
    }
    let [one, two] = open.get_disjoint_mut([0, 1]).unwrap();
    tokio::select! {
        status = status(one) => refused += usize::from(status == "HTTP/1.1 503"),
        status = status(two) => refused += usize::from(status == "HTTP/1.1 503"),
    }
    assert_eq!(refused, 1, "599 bytes twice are too many");
    let mut other = body_begun(&running, OTHER, "\"arrived\"", 9).await;
    assert_eq!(status(&mut other).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn bodies_and_answers_have_deadlines() {
    let (slow, mut entered) = Slow::new();
    let settings = AdmissionSettings {
        body_timeout: Duration::from_millis(50),
        pull: ClassLimits {
            deadline: Duration::from_millis(50),
            ..limits(1, 1)
        },
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let mut begun = body_begun(&running, ONE, "\"", 9).await;
    assert_eq!(status(&mut begun).await, "HTTP/1.1 408");
    let pulling = ask(&running, ONE, "/pull/channel", "");
    soon("waited for the pull", entered.recv()).await.unwrap();
    let late = answered("waited for the deadline", pulling).await;
    check_refused(late, ErrorCode::Unavailable).await;
    slow.released.add_permits(1);
    let next = answered("waited", ask(&running, ONE, "/pull/channel", "")).await;
    assert_eq!(next.status(), 200, "its permit was returned");
}

#[tokio::test]
async fn an_open_stream_keeps_its_permit_and_returns_it() {
    let (write, read) = mpsc::unbounded_channel::<Result<&'static str, std::io::Error>>();
    let read = Arc::new(std::sync::Mutex::new(Some(read)));
    let stream = get(async move || {
        let read = read.lock().unwrap().take();
        let pieces = futures_util::stream::unfold(read, async |mut read| {
            let piece = read.as_mut()?.recv().await?;
            Some((piece, read))
        });
        axum::body::Body::from_stream(pieces)
    });
    let settings = AdmissionSettings {
        live: limits(1, 0),
        ..at_once()
    };
    let router = Router::new().route("/live", stream);
    let running = serve_admitting(router, settings, &CLASSES).await;
    let open = answered("waited", ask(&running, ONE, "/live", "")).await;
    assert_eq!(open.status(), 200);
    let second = answered("waited", ask(&running, OTHER, "/live", "")).await;
    check_refused(second, ErrorCode::Overloaded).await;
    drop(write);
    soon("waited for the stream's end", open.bytes())
        .await
        .unwrap();
    let again = async {
        loop {
            let answer = answered("waited", ask(&running, OTHER, "/live", "")).await;
            if answer.status() == 200 {
                return;
            }
        }
    };
    soon("waited for the permit", again).await;
}

#[tokio::test]
async fn key_operations_of_strangers_are_limited() {
    let costly = get(async |stranger: Stranger| -> Result<(), Rejection> {
        stranger.spend_key_operations(100)
    });
    let settings = AdmissionSettings {
        key_operations_of_prefix: http_edge::Rate {
            per_second: 1,
            burst: 100,
        },
        ..at_once()
    };
    let router = Router::new().route("/enrol", costly);
    let running = serve_admitting(router, settings, &CLASSES).await;
    let first = answered("waited", ask(&running, ONE, "/enrol", "")).await;
    assert_eq!(first.status(), 200);
    let second = answered("waited", ask(&running, ONE, "/enrol", "")).await;
    check_refused(second, ErrorCode::TooManyRequests).await;
    let other = answered("waited", ask(&running, OTHER, "/enrol", "")).await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn a_delayed_refusal_keeps_no_permit() {
    let (enter, mut entered) = mpsc::unbounded_channel();
    let handler = get(async move |stranger: Stranger, headers: http::HeaderMap| {
        let costly = headers["name"] == "costly";
        enter.send(costly).unwrap();
        stranger.spend_key_operations(if costly { 100 } else { 0 })
    });
    let settings = AdmissionSettings {
        key_operations_of_prefix: http_edge::Rate {
            per_second: 1,
            burst: 99,
        },
        enrolment: limits(1, 10),
        live: limits(1, 10),
        refusal_delay: 10 * GENEROUS,
        ..at_once()
    };
    let router = Router::new()
        .route("/enrol", handler.clone())
        .route("/live", handler);
    let running = serve_admitting(router, settings, &CLASSES).await;
    for path in ["/enrol", "/live"] {
        let refused = ask(&running, ONE, path, "costly");
        assert_eq!(soon("was not asked", entered.recv()).await, Some(true));
        let other = answered("waited for the permit", ask(&running, OTHER, path, "")).await;
        assert_eq!(other.status(), 200);
        assert_eq!(soon("was not asked", entered.recv()).await, Some(false));
        assert!(!refused.is_finished(), "it is delayed");
    }
}

#[tokio::test]
async fn a_refusal_is_delayed_without_delaying_others() {
    let (slow, mut entered) = Slow::new();
    let settings = AdmissionSettings {
        requests_of_prefix_max: 1,
        refusal_delay: 10 * GENEROUS,
        ..at_once()
    };
    let running = serve_admitting(router(&slow), settings, &CLASSES).await;
    let first = ask(&running, ONE, "/enrol", "");
    soon("waited for the first", entered.recv()).await.unwrap();
    let held_back = ask(&running, ONE, "/anonymous", "");
    // The number of delayed refusals is limited like that of requests, so one of the two is refused at once.
    let at_once = ask(&running, ONE, "/anonymous", "");
    let (mut one, mut two) = (held_back, at_once);
    let (refused, other_one) = tokio::select! {
        refused = &mut one => (refused, two),
        refused = &mut two => (refused, one),
    };
    check_refused(refused.unwrap().unwrap(), ErrorCode::Overloaded).await;
    assert!(!other_one.is_finished(), "it is delayed");
    let other = answered("waited", ask(&running, OTHER, "/anonymous", "")).await;
    assert_eq!(other.status(), 200);
    slow.released.add_permits(1);
    assert_eq!(answered("waited", first).await.status(), 200);
}
