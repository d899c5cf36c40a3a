//! `passbook bench broker`, which the measurements start: the broker behind its real edge for devices, and a listener for
//! publishers that only measurements open.

use crate::cli::BenchBroker;
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use broker::{Broker, Publication, PublishError};
use http_edge::{
    Admission, AdmissionSettings, DeviceGuard, GuardSettings, Issuer, IssuerError, Limits,
    Listener, OperatorToken, Rate, Rejection, Revocation,
};
use log_embedded::{Config, EmbeddedLog};
use protocol::ChannelKind;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terminal::{allow_file_handles, ending, json_line};
use token::{DpopNonce, Jwks};
use tokio::sync::watch;
use types::{ChannelId, Clock, ErrorCode, Generation, PublicKey};

/// Whom the channel tokens are for.
pub(crate) const AUDIENCE: &str = "passbook";

/// Where messages are published: a message is the channel's id (16 bytes), the length of the rest (4 bytes, big-endian), and
/// the message in CBOR.
pub(crate) const PUBLISH: &str = "/v1/publish";
/// Where channels are opened: their ids, 16 bytes each.
pub(crate) const OPEN_CUSTOMERS: &str = "/v1/open/customer";
pub(crate) const OPEN_EVERYBODYS: &str = "/v1/open/global";

/// Operations with keys a second: nobody is kept from reading here.
const KEY_OPERATIONS: Rate = Rate {
    per_second: 1_000_000,
    burst: 1_000_000,
};

/// What the broker needs to know of the process that measures it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Given {
    /// Opens the publishers' listener.
    pub(crate) publisher_token: String,
    /// The key that signs the channel tokens.
    pub(crate) issuer: PublicKey,
}

impl Given {
    /// The file in the broker's directory.
    pub(crate) fn file(directory: &Path) -> PathBuf {
        directory.join("given.json")
    }
}

/// What is printed once requests are answered.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) ready: bool,
    pub(crate) public: String,
    pub(crate) publishers: SocketAddr,
}

struct Issued(PublicKey);

#[async_trait]
impl Issuer for Issued {
    async fn keys(&self) -> Result<Jwks, IssuerError> {
        Ok(Jwks::new(vec![self.0]))
    }

    async fn revocations_after(&self, _: u64, _: u32) -> Result<Vec<Revocation>, IssuerError> {
        Ok(Vec::new())
    }
}

/// Serves until the process is told to end, or until its standard input ends.
pub(crate) async fn serve(arguments: &BenchBroker, clock: Clock) -> anyhow::Result<()> {
    let told_to_end = ending()?;
    let starter_ended = terminal::stdin_ended()?;
    allow_file_handles();
    let given = std::fs::read(Given::file(&arguments.directory))?;
    let given: Given = serde_json::from_slice(&given)?;
    let log = Config::new(arguments.directory.join("broker"), clock.clone());
    let log = Arc::new(EmbeddedLog::open(log)?);
    let broker = Broker::new(log.clone());
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));

    let settings = AdmissionSettings {
        bounds_loopback: false,
        key_operations: KEY_OPERATIONS,
        ..AdmissionSettings::default()
    };
    let public = Listener::bind(loopback, None, Limits::default()).await?;
    let public = public.admitting(Admission::new(settings, broker::http::CLASSES.to_vec()));
    let url = format!("http://{}", public.address()?);
    let settings = GuardSettings {
        public_url: url.parse()?,
        issuer: url.clone(),
        audience: AUDIENCE.into(),
        nonces: DpopNonce::new(&rand::rng().random()),
        clock,
    };
    let guard = DeviceGuard::new(settings, Arc::new(Issued(given.issuer)));
    guard.learn().await?;

    let admission = Admission::new(AdmissionSettings::for_operators(), Vec::new());
    let publishers = Listener::bind(loopback, None, Limits::default()).await?;
    let publishers = publishers.admitting(admission);
    let ready = Ready {
        ready: true,
        public: url,
        publishers: publishers.address()?,
    };

    let (stop, stopping) = watch::channel(false);
    let devices = broker::http::routes(broker.clone(), &guard, stopping.clone());
    let token = OperatorToken::new(&given.publisher_token);
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(public.serve(devices, stopping.clone()));
    serving.spawn(publishers.serve(token.guard(routes(broker)), stopping.clone()));
    serving.spawn(async move { guard.run(stopping).await });
    json_line(&ready)?;
    tokio::select! {
        _ = told_to_end => {}
        () = starter_ended => {}
    }
    stop.send_replace(true);
    serving.join_all().await;
    log.close().await;
    Ok(())
}

fn routes(broker: Broker) -> Router {
    Router::new()
        .route(PUBLISH, post(publish))
        .route(
            OPEN_CUSTOMERS,
            post(async |State(broker), body| open(broker, ChannelKind::Customer, body).await),
        )
        .route(
            OPEN_EVERYBODYS,
            post(async |State(broker), body| open(broker, ChannelKind::Global, body).await),
        )
        .with_state(broker)
}

async fn open(broker: Broker, kind: ChannelKind, ids: Bytes) -> Result<StatusCode, Rejection> {
    let (ids, rest) = ids.as_chunks();
    if !rest.is_empty() {
        return Err(malformed("an id has 16 bytes"));
    }
    for id in ids {
        broker.open(ChannelId::new(*id), kind).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn publish(State(broker): State<Broker>, body: Bytes) -> Result<StatusCode, Rejection> {
    let publications =
        publications(body).ok_or_else(|| malformed("channel, length, message, and so on"))?;
    for answer in broker.publish_many(publications).await {
        answer.map_err(refused)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn publications(mut body: Bytes) -> Option<Vec<Publication>> {
    let mut publications = Vec::new();
    while !body.is_empty() {
        let (channel, rest) = body.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let message = body.slice_ref(rest.get(..length)?);
        let channel = ChannelId::new(*channel);
        body = body.slice(20 + length..);
        publications.push(Publication {
            channel,
            generation: Generation::FIRST,
            message,
        });
    }
    Some(publications)
}

fn malformed(form: &str) -> Rejection {
    Rejection::new(ErrorCode::Malformed).with_detail(form.to_owned())
}

fn refused(error: PublishError) -> Rejection {
    Rejection::new(ErrorCode::Malformed).with_detail(error.to_string())
}
