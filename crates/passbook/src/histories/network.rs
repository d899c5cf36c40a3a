//! The connection from a device to the servers: requests reach the same routes as over a socket.

use super::world::{Break, World};
use axum::Router;
use axum::body::{Body, to_bytes};
use client::{
    BODY_BYTES_MAX, FrameError, Instant, Opened, Request, Response, Timer, Transport,
    TransportError,
};
use futures_util::stream::Empty;
use protocol::live::{Asked, Frame};
use std::rc::Rc;
use tower::ServiceExt as _;

/// The URL in proofs.
pub(super) const PUBLIC_URL: &str = "http://127.0.0.1:8480";

/// The wait of a device between two attempts. Waiting only advances the clock.
const WAIT_MS: u64 = 3_000;

#[derive(Clone)]
pub(super) struct Network(pub(super) Rc<World>);

impl Transport for Network {
    type Frames = Empty<Result<Frame, FrameError>>;

    fn public_url(&self) -> &str {
        PUBLIC_URL
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (handle, routes) = match &*self.0.servers.borrow() {
            Some(servers) => (servers.handle(), servers.routes.clone()),
            None => return Err(TransportError::new("nobody listens")),
        };
        let broken = self.0.breaks.take();
        match broken {
            Some((0, _)) | None => {}
            Some((left, how)) => self.0.breaks.set(Some((left - 1, how))),
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let asked = format!("{} {path}", request.method.as_str());
        let old = self.0.answers.borrow().get(&asked).cloned();
        let answer = handle.spawn(answer(routes, request));
        match broken {
            Some((0, Break::ServersDie)) => {
                tokio::task::yield_now().await;
                self.0.kill_servers();
                Err(TransportError::new("the connection was reset"))
            }
            Some((0, Break::AppDies)) => {
                tokio::task::yield_now().await;
                std::future::pending().await
            }
            Some((0, Break::AnswerLost)) => {
                let _lost = answer.await;
                Err(TransportError::new("the answer was lost"))
            }
            Some((0, Break::OldAnswer)) if old.is_some() => {
                let _never_seen = answer.await;
                old.ok_or_else(|| TransportError::new("there is one"))
            }
            _ => {
                let answer = answer.await.map_err(TransportError::new)?;
                self.0.answers.borrow_mut().insert(asked, answer.clone());
                Ok(answer)
            }
        }
    }

    async fn open(&self, _: Request, _: &Asked) -> Result<Opened<Self::Frames>, TransportError> {
        Err(TransportError::new("histories pull"))
    }
}

/// The answers of the routes.
async fn answer(routes: Router, request: Request) -> Response {
    let mut builder = axum::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.path);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    let body = request.body.map_or_else(Body::empty, Body::from);
    let Ok(response) = routes.oneshot(builder.body(body).unwrap()).await;
    let nonce = response.headers().get("dpop-nonce");
    let wait = response.headers().get("retry-after");
    Response {
        status: response.status().as_u16(),
        dpop_nonce: nonce.map(|nonce| nonce.to_str().unwrap().to_owned()),
        retry_after_s: wait.and_then(|wait| wait.to_str().ok()?.parse().ok()),
        body: to_bytes(response.into_body(), BODY_BYTES_MAX)
            .await
            .unwrap_or_default(),
    }
}

/// Time on a device: waiting advances the common clock.
pub(super) struct SimulatedTime(pub(super) Rc<World>);

impl Timer for SimulatedTime {
    async fn sleep(&self, ms: u64) {
        self.0.pass(ms);
        tokio::task::yield_now().await;
    }

    fn instant(&self) -> Instant {
        Instant::new(1, self.0.now().ms())
    }

    fn backoff_ms(&self, _: u32) -> u64 {
        WAIT_MS
    }
}
