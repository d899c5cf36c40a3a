//! The routes of the customer's own brakes.

use crate::brakes::BrakeRefusal;
use crate::gateway::Gateway;
use axum::extract::State;
use http_edge::{Device, Json, Rejection};
use protocol::http::{OrderLimits, SetBrake};

/// The limits and brakes as they are now.
pub(super) async fn limits(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<OrderLimits>, Rejection> {
    let limits = gateway.limits(device.device).await?;
    Ok(Json(limits.ok_or(BrakeRefusal::DeviceRemoved)?))
}

/// Sets or ends a brake.
pub(super) async fn set(
    State(gateway): State<Gateway>,
    device: Device,
    Json(request): Json<SetBrake>,
) -> Result<Json<OrderLimits>, Rejection> {
    Ok(Json(gateway.set_brake(device.device, &request).await??))
}

impl From<BrakeRefusal> for Rejection {
    fn from(refusal: BrakeRefusal) -> Self {
        Self::new(refusal.code()).with_detail(refusal.to_string())
    }
}
