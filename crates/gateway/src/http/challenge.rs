//! The route of the answer to a challenge.

use super::orders::{answered, assertion};
use crate::gateway::Gateway;
use crate::orders::TokenDevice;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use http_edge::{Class, Device, DeviceGuard, Json, Rejection};
use protocol::http::SignedChallenge;
use types::{ErrorCode, IntentId};

const ANSWER: &str = "/v1/orders/{intent}/challenge";

/// The class of the route.
pub const CHALLENGE_CLASSES: [(&str, Class); 1] = [(ANSWER, Class::Orders)];

/// The route of answers to challenges, for devices: `POST /v1/orders/{intent}/challenge`, with `Prefer: wait=S` to wait for
/// the outcome.
pub fn challenge_routes(gateway: Gateway, guard: &DeviceGuard) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let routes = Router::new()
        .route(ANSWER, post(answer))
        .method_not_allowed_fallback(no_method)
        .with_state(gateway);
    guard.protect(routes)
}

async fn answer(
    State(gateway): State<Gateway>,
    device: Device,
    intent: Result<Path<IntentId>, PathRejection>,
    headers: HeaderMap,
    Json(answer): Json<SignedChallenge>,
) -> Result<Response, Rejection> {
    let Path(intent) = intent.map_err(|_| ErrorCode::OrderUnknown)?;
    let token = TokenDevice::from(device);
    let answer = order::SignedChallenge {
        signed: answer.signed.0,
        assertion: answer.assertion.map(assertion),
    };
    let submitted = gateway.approve(&token, intent, answer).await?;
    answered(&gateway, &headers, token.device, submitted).await
}
