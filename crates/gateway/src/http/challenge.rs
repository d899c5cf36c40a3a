//! The answer to a challenge.

use super::answers::answered;
use crate::gateway::Gateway;
use crate::orders::TokenDevice;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http_edge::{Device, JsonBytes, Rejection};
use types::{ErrorCode, IntentId};

pub(super) async fn answer(
    State(gateway): State<Gateway>,
    device: Device,
    intent: Result<Path<IntentId>, PathRejection>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Rejection> {
    let Path(intent) = intent.map_err(|_| ErrorCode::OrderUnknown)?;
    let token = TokenDevice::from(device);
    let submitted = gateway.approve_posted(&token, intent, &body).await?;
    answered(&gateway, &headers, token.device, submitted).await
}
