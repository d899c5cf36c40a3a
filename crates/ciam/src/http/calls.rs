//! The routes of the bank's calls.

use super::rejection;
use crate::{CallError, Ciam};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http_edge::{Class, Device, Json, Rejection};
use protocol::http::{AnnounceCall, BankCall, CallEnded, CallsAnswer, EndCall};
use utoipa_axum::{router::OpenApiRouter, routes};

const CALLS: &str = "/v1/calls";

/// The class of the route.
pub(super) const CLASSES: [(&str, Class); 1] = [(CALLS, Class::Enrolment)];

/// The route of a device, to be protected for devices. Nobody has to be logged in.
pub(super) fn device_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default().routes(routes!(calls))
}

/// The operator's routes.
pub(super) fn operator_routes() -> Router<Ciam> {
    Router::new()
        .route("/v1/operator/calls", post(announce))
        .route("/v1/operator/calls/endings", post(end))
}

/// Says whether the bank is calling the customer now.
#[utoipa::path(get, path = CALLS, responses((status = OK, body = CallsAnswer)))]
async fn calls(State(ciam): State<Ciam>, device: Device) -> Result<Json<CallsAnswer>, Rejection> {
    let call = ciam.call_to(device.device).await?;
    Ok(Json(CallsAnswer { call }))
}

async fn announce(
    State(ciam): State<Ciam>,
    Json(request): Json<AnnounceCall>,
) -> Result<Json<BankCall>, Rejection> {
    Ok(Json(ciam.announce_call(request).await?))
}

async fn end(
    State(ciam): State<Ciam>,
    Json(EndCall { customer }): Json<EndCall>,
) -> Result<Json<CallEnded>, Rejection> {
    let was_announced = ciam.end_call(&customer).await?;
    Ok(Json(CallEnded { was_announced }))
}

impl From<CallError> for Rejection {
    fn from(error: CallError) -> Self {
        rejection(error.code(), &error)
    }
}
