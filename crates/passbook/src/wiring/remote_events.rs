//! The way of events from the bank's relay to the pub/sub of another process.

use super::apart::connection;
use super::events::Events;
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use http_edge::{Rejection, ServiceRole, only_for};
use operator::authority::service_files;
use protocol::CloudEvent;
use sandbox_bank::ports::{EventSink, SinkError};
use std::net::SocketAddr;
use std::path::Path;
use thiserror::Error;
use types::ErrorCode;

/// The route. A body has one structured CloudEvent a line.
const EVENTS: &str = "/pubsub/v1/events";

/// A body has fewer bytes than this. The listener takes a megabyte, and the largest event is less than half of one.
const BODY_BYTES_MAX: usize = 700_000;

/// The pub/sub of another process.
pub(super) struct RemoteEvents {
    http: reqwest::Client,
    url: String,
}

/// Why events were not published.
#[derive(Debug, Error)]
enum NotPublished {
    #[error("the pub/sub cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the pub/sub answers {0}")]
    Refused(StatusCode),
}

impl RemoteEvents {
    pub(super) fn new(directory: &Path, at: SocketAddr) -> anyhow::Result<Self> {
        let (http, origin) = connection(&service_files(directory), ServiceRole::Broker, at)?;
        Ok(Self {
            http,
            url: format!("{origin}{EVENTS}"),
        })
    }
}

fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> SinkError {
    SinkError(Box::new(cause))
}

#[async_trait]
impl EventSink for RemoteEvents {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), SinkError> {
        let mut body = Vec::new();
        for event in events {
            let line = event.to_json().map_err(failed)?;
            if body.len() + line.len() >= BODY_BYTES_MAX {
                self.post(std::mem::take(&mut body)).await?;
            }
            body.extend(line);
            body.push(b'\n');
        }
        self.post(body).await
    }
}

impl RemoteEvents {
    async fn post(&self, body: Vec<u8>) -> Result<(), SinkError> {
        let sent = self.http.post(&self.url).body(body).send().await;
        let status = sent
            .map_err(NotPublished::Unreachable)
            .map_err(failed)?
            .status();
        if status.is_success() {
            return Ok(());
        }
        Err(failed(NotPublished::Refused(status)))
    }
}

/// The route for the bank's relay.
pub(super) fn routes(events: Events) -> Router {
    let routes = Router::new()
        .route(EVENTS, post(publish))
        .with_state(events);
    only_for(ServiceRole::CoreBank, routes)
}

async fn publish(State(events): State<Events>, body: Bytes) -> Result<StatusCode, Rejection> {
    let lines = body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let read = lines.map(CloudEvent::parse).collect::<Result<Vec<_>, _>>();
    let read =
        read.map_err(|error| Rejection::new(ErrorCode::Malformed).with_detail(error.reason()))?;
    let published = events.publish(&read).await;
    published.map_err(|error| Rejection::of_fault(ErrorCode::Unavailable, &error))?;
    Ok(StatusCode::NO_CONTENT)
}
