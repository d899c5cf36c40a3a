//! The routes of the public listener. Problems have the codes of `docs/errors.md`.

mod accounts;
mod answers;
mod apps;
mod batch;
mod brakes;
mod challenge;
mod initiations;
mod orders;
mod paths;
mod token_device;

pub use apps::{app_classes, app_document, app_routes};
pub use orders::{order_classes, order_document, order_routes};

use crate::ports::{Statements, StatementsError, Trust};
use crate::refused_reports::RefusedReports;
use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use http_edge::{Class, Device, DeviceGuard, Json, Rejection, Routes};
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, REASON_BYTES_MAX, Report,
    SnapshotAnswer, SnapshotRequest, TrustAnswer,
};
use serde::Deserialize;
use std::sync::Arc;
use types::{AccountId, ChannelId, ErrorCode, SnapshotId};
use utoipa::IntoParams;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

type Notification = State<Arc<dyn Statements>>;

/// What the routes need.
#[derive(Clone)]
struct Served {
    notification: Arc<dyn Statements>,
    guard: DeviceGuard,
    refused: Arc<RefusedReports>,
}

impl FromRef<Served> for Arc<dyn Statements> {
    fn from_ref(served: &Served) -> Self {
        Self::clone(&served.notification)
    }
}

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

/// The routes. The trust list is for everybody. The others are for devices, and only for channels that the device's token
/// opens.
pub fn routes(notification: Arc<dyn Statements>, guard: &DeviceGuard) -> Router {
    let served = Served {
        notification,
        guard: guard.clone(),
        refused: Arc::new(RefusedReports::new(guard.clone())),
    };
    public_routes().serve(&served, guard)
}

/// What the API document says of the routes.
#[must_use]
pub fn document() -> OpenApi {
    public_routes().document()
}

fn public_routes() -> Routes<Served> {
    let of_devices = OpenApiRouter::default()
        .routes(routes!(checkpoint))
        .routes(routes!(snapshot))
        .routes(routes!(parts))
        .routes(routes!(pages))
        .routes(routes!(report));
    Routes::new()
        .for_everybody_through(
            OpenApiRouter::default().routes(routes!(trust)),
            |router, served| served.guard.with_nonce(router),
        )
        .for_devices(of_devices)
}

/// The bank's newest trust list, and its root keys.
#[utoipa::path(get, path = TRUST, responses((status = OK, body = TrustAnswer)))]
async fn trust(State(served): State<Served>) -> Result<Json<TrustAnswer>, Rejection> {
    let Trust { list, roots } = served.notification.trust().await?;
    Ok(Json(TrustAnswer {
        trust: list.into(),
        roots,
        public_url: served.guard.public_url().to_string(),
    }))
}

/// States the channel's newest number and head, with a nonce of the device's.
#[utoipa::path(post, path = CHECKPOINT, params(("channel" = ChannelId, Path)), responses((status = OK, body = CheckpointAnswer), StatementsError))]
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

/// States everything that the customer has at the bank, as of a number.
#[utoipa::path(post, path = SNAPSHOT, params(("channel" = ChannelId, Path)), responses((status = OK, body = SnapshotAnswer), StatementsError))]
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PartsAsked {
    /// A part's number.
    #[param(minimum = 1)]
    from: u64,
}

/// Reads sealed parts of a snapshot.
#[utoipa::path(get, path = PARTS, params(("channel" = ChannelId, Path), ("id" = SnapshotId, Path), PartsAsked), responses((status = OK, body = PartsAnswer), StatementsError))]
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PagesAsked {
    /// The number of the part with the account's item.
    #[param(minimum = 1)]
    part: u64,
    /// The account.
    #[param(inline)]
    account: AccountId,
    /// A page's number; the oldest is 1.
    #[param(minimum = 1)]
    from: u64,
}

/// Reads sealed pages of an account's history.
#[utoipa::path(get, path = PAGES, params(("channel" = ChannelId, Path), ("id" = SnapshotId, Path), PagesAsked), responses((status = OK, body = PagesAnswer), StatementsError))]
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

/// Takes a discrepancy that the device found.
#[utoipa::path(post, path = REPORT, params(("channel" = ChannelId, Path)), responses((status = ACCEPTED), StatementsError))]
async fn report(
    device: Device,
    State(served): State<Served>,
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
    let noted = served.notification.report(channel, device, report).await;
    if let Err(StatementsError::ReportInvalid | StatementsError::NotAReader) = &noted {
        served.refused.log(channel, device, finding);
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

http_edge::refuses!(
    StatementsError: ChannelForbidden,
    ChannelUnknown,
    SnapshotUnknown,
    BooksInRepair,
    NotFound,
    ReportInvalid,
);

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
