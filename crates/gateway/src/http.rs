//! The routes of the public listener. Problems have the codes of `docs/errors.md`.

mod accounts;
mod answers;
mod apps;
mod batch;
mod brakes;
mod challenge;
mod initiations;
mod orders;
mod token_device;

pub use apps::{app_classes, app_routes};
pub use orders::{order_classes, order_routes};

use crate::ports::{Statements, StatementsError, Trust};
use crate::refused_reports::RefusedReports;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http_edge::{Class, Device, DeviceGuard, Json, Rejection};
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, REASON_BYTES_MAX, Report,
    SnapshotAnswer, SnapshotRequest, TrustAnswer,
};
use serde::Deserialize;
use std::sync::Arc;
use types::{AccountId, ChannelId, ErrorCode, SnapshotId};

type Notification = State<Arc<dyn Statements>>;

const TRUST: &str = "/v1/trust";
const CHECKPOINT: &str = "/v1/channels/{channel}/checkpoint";
const SNAPSHOT: &str = "/v1/channels/{channel}/snapshot";
const PARTS: &str = "/v1/channels/{channel}/snapshots/{id}/parts";
const PAGES: &str = "/v1/channels/{channel}/snapshots/{id}/pages";
const REPORT: &str = "/v1/channels/{channel}/report";

/// The classes of the routes.
pub const CLASSES: [(&str, Class); 6] = [
    (TRUST, Class::Anonymous),
    (CHECKPOINT, Class::Statements),
    (SNAPSHOT, Class::Statements),
    (PARTS, Class::Statements),
    (PAGES, Class::Statements),
    (REPORT, Class::Statements),
];

/// The routes. The trust list is for everybody. The others are for devices, and only for channels that the device's
/// token opens:
///
/// - `GET /v1/trust`
/// - `POST /v1/channels/{channel}/checkpoint`
/// - `POST /v1/channels/{channel}/snapshot`
/// - `GET /v1/channels/{channel}/snapshots/{id}/parts?from=…`
/// - `GET /v1/channels/{channel}/snapshots/{id}/pages?part=…&account=…&from=…`
/// - `POST /v1/channels/{channel}/report`
pub fn routes(notification: Arc<dyn Statements>, guard: &DeviceGuard) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let public_url = guard.public_url().to_string();
    let trust = move |notification| trust(notification, public_url.clone());
    let public = Router::new()
        .route(TRUST, get(trust))
        .method_not_allowed_fallback(no_method)
        .with_state(Arc::clone(&notification));
    let devices = Router::new()
        .route(CHECKPOINT, post(checkpoint))
        .route(SNAPSHOT, post(snapshot))
        .route(PARTS, get(parts))
        .route(PAGES, get(pages))
        .route(REPORT, post(report))
        .method_not_allowed_fallback(no_method)
        .layer(Extension(Arc::new(RefusedReports::new(guard.clone()))))
        .with_state(notification);
    guard.with_nonce(public).merge(guard.protect(devices))
}

async fn trust(
    State(notification): Notification,
    public_url: String,
) -> Result<Json<TrustAnswer>, Rejection> {
    let Trust { list, roots } = notification.trust().await?;
    Ok(Json(TrustAnswer {
        trust: list.into(),
        roots,
        public_url,
    }))
}

async fn checkpoint(
    device: Device,
    State(notification): Notification,
    channel: Result<Path<String>, PathRejection>,
    Json(request): Json<CheckpointRequest>,
) -> Result<Json<CheckpointAnswer>, Rejection> {
    let channel = opened(&device, channel)?;
    let answer = notification.checkpoint(channel, device.device, request);
    Ok(Json(answer.await?))
}

async fn snapshot(
    device: Device,
    State(notification): Notification,
    channel: Result<Path<String>, PathRejection>,
    Json(request): Json<SnapshotRequest>,
) -> Result<Json<SnapshotAnswer>, Rejection> {
    let channel = opened(&device, channel)?;
    let answer = notification.snapshot(channel, device.device, request);
    Ok(Json(answer.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartsAsked {
    from: u64,
}

async fn parts(
    device: Device,
    State(notification): Notification,
    path: Result<Path<(String, String)>, PathRejection>,
    asked: Result<Query<PartsAsked>, QueryRejection>,
) -> Result<Json<PartsAnswer>, Rejection> {
    let (channel, snapshot) = named(&device, path)?;
    let Query(asked) = asked.map_err(|_| {
        Rejection::new(ErrorCode::Malformed)
            .with_detail("the query must be `from`, a part's number from 1")
    })?;
    let answer = notification.parts(channel, device.device, snapshot, asked.from);
    Ok(Json(answer.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagesAsked {
    part: u64,
    account: AccountId,
    from: u64,
}

async fn pages(
    device: Device,
    State(notification): Notification,
    path: Result<Path<(String, String)>, PathRejection>,
    asked: Result<Query<PagesAsked>, QueryRejection>,
) -> Result<Json<PagesAnswer>, Rejection> {
    let (channel, snapshot) = named(&device, path)?;
    let Query(asked) = asked.map_err(|_| {
        Rejection::new(ErrorCode::Malformed).with_detail(
            "the query must be `part` (the account's part, from 1), `account`, and `from`, a page's number from 1",
        )
    })?;
    let history = (asked.part, asked.account, asked.from);
    let answer = notification.pages(channel, device.device, snapshot, history);
    Ok(Json(answer.await?))
}

async fn report(
    device: Device,
    State(notification): Notification,
    Extension(refused): Extension<Arc<RefusedReports>>,
    channel: Result<Path<String>, PathRejection>,
    Json(report): Json<Report>,
) -> Result<StatusCode, Rejection> {
    let channel = opened(&device, channel)?;
    if report.reason.as_deref().is_some_and(|word| !is_word(word)) {
        return Err(Rejection::new(ErrorCode::Malformed).with_detail(
            "the reason must be a word of 1 to 64 lower-case letters, digits and `_`",
        ));
    }
    let (device, finding) = (device.device, report.finding);
    let noted = notification.report(channel, device, report).await;
    if let Err(StatementsError::ReportInvalid | StatementsError::NotAReader) = &noted {
        refused.log(channel, device, finding);
    }
    noted?;
    Ok(StatusCode::ACCEPTED)
}

fn is_word(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=REASON_BYTES_MAX).contains(&text.len()) && text.bytes().all(letter)
}

/// The channel in the path. The token must open it.
fn opened(
    device: &Device,
    path: Result<Path<String>, PathRejection>,
) -> Result<ChannelId, Rejection> {
    let channel = path.ok().and_then(|Path(text)| text.parse().ok());
    let channel = channel.ok_or(ErrorCode::ChannelUnknown)?;
    device.check_opens(channel)?;
    Ok(channel)
}

/// The channel in the path, which the token must open, and the snapshot.
fn named(
    device: &Device,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<(ChannelId, SnapshotId), Rejection> {
    let Path((channel, snapshot)) = path.map_err(|_| ErrorCode::ChannelUnknown)?;
    let channel = opened(device, Ok(Path(channel)))?;
    let snapshot = snapshot.parse().map_err(|_| ErrorCode::SnapshotUnknown)?;
    Ok((channel, snapshot))
}

impl From<StatementsError> for Rejection {
    fn from(error: StatementsError) -> Self {
        let code = match error {
            StatementsError::ChannelUnknown => ErrorCode::ChannelUnknown,
            StatementsError::SnapshotUnknown => ErrorCode::SnapshotUnknown,
            StatementsError::BooksInRepair => ErrorCode::BooksInRepair,
            StatementsError::PageUnknown => ErrorCode::NotFound,
            StatementsError::ReportInvalid => ErrorCode::ReportInvalid,
            StatementsError::NotAReader => ErrorCode::ChannelForbidden,
            StatementsError::Unavailable(_) => {
                return Self::of_fault(ErrorCode::Unavailable, &error);
            }
        };
        Self::new(code).with_detail(error.to_string())
    }
}
