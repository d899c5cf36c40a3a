//! The routes of the kill switch.

use super::rejection;
use crate::{Ciam, ResumeError, StopError};
use axum::extract::State;
use http_edge::{Class, Device, Json, Rejection};
use protocol::http::{CustomerResumed, EverythingStopped, ResumeCustomer};
use utoipa_axum::{router::OpenApiRouter, routes};

const STOP: &str = "/v1/stop";

/// The class of the route.
pub(super) const CLASSES: [(&str, Class); 1] = [(STOP, Class::Enrolment)];

/// The route of a device, to be protected for devices. Nobody has to be logged in.
pub(super) fn device_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default().routes(routes!(stop))
}

/// Stops everything: revokes all the customer's devices, this one included, ends all sessions and cancels what waits.
#[utoipa::path(post, path = STOP, responses((status = OK, body = EverythingStopped)))]
async fn stop(
    State(ciam): State<Ciam>,
    device: Device,
) -> Result<Json<EverythingStopped>, Rejection> {
    Ok(Json(ciam.stop_everything(device.device).await?))
}

pub(super) async fn resume(
    State(ciam): State<Ciam>,
    Json(ResumeCustomer { customer, reason }): Json<ResumeCustomer>,
) -> Result<Json<CustomerResumed>, Rejection> {
    let reason = super::reason(&reason)?;
    let was_stopped = ciam.resume_customer(&customer, reason).await?;
    Ok(Json(CustomerResumed { was_stopped }))
}

impl From<StopError> for Rejection {
    fn from(error: StopError) -> Self {
        rejection(error.code(), &error)
    }
}

impl From<ResumeError> for Rejection {
    fn from(error: ResumeError) -> Self {
        rejection(error.code(), &error)
    }
}
