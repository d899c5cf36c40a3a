//! The routes of the customer's own brakes.

use super::paths::BRAKES;
use crate::brakes::BrakeRefusal;
use crate::gateway::Gateway;
use axum::extract::State;
use http_edge::{Device, DeviceGuard, Json, Rejection};
use protocol::http::{OrderLimits, SetBrake};

/// How many requests a change counts as: it is an entry of all the customer's devices, which then ask for the limits.
const REQUESTS_OF_A_CHANGE: usize = 16;

/// The limits and brakes as they are now.
#[utoipa::path(get, path = BRAKES, responses((status = OK, body = OrderLimits), BrakeRefusal))]
pub(super) async fn limits(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<OrderLimits>, Rejection> {
    let limits = gateway.limits(device.device).await?;
    Ok(Json(limits.ok_or(BrakeRefusal::DeviceRemoved)?))
}

/// Sets or ends a brake. It counts in the device's requests as several.
pub(super) async fn set(
    gateway: &Gateway,
    (device, guard): (&Device, &DeviceGuard),
    request: &SetBrake,
) -> Result<Json<OrderLimits>, Rejection> {
    // The request itself was counted.
    guard.spend(device.device, REQUESTS_OF_A_CHANGE - 1)?;
    Ok(Json(gateway.set_brake(device.device, request).await??))
}

http_edge::refuses!(BrakeRefusal: BrakeInvalid, OrderDeviceRemoved, OrdersStopped);

impl From<BrakeRefusal> for Rejection {
    fn from(refusal: BrakeRefusal) -> Self {
        Self::new(refusal.code()).with_detail(refusal.to_string())
    }
}
