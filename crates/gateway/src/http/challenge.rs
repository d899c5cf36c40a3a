//! The answer to a challenge.

use super::answers::answered;
use super::paths::CHALLENGE;
use crate::gateway::Gateway;
use crate::orders::TokenDevice;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http_edge::{Device, JsonBytes, Rejection};
use protocol::http::{OrderAnswer, OrderReceived, SignedChallenge};
use types::{ErrorCode, IntentId};

/// Why the answer to a challenge is refused.
struct AnswerRefused;

http_edge::refuses!(
    AnswerRefused: OrderMalformed,
    OrderDeviceRemoved,
    OrderUnknown,
    ChallengeOfAnother,
    OrderNotChallenged,
    ChallengeDiffers,
    ChallengeSignatureInvalid,
    LoginRequired,
    PasskeyTooNew,
    ChallengeExpired,
    AccountFrozen,
    NewPayeesFrozen,
    OrdersStopped,
);

/// Takes the answer to the bank's challenge of an order.
#[utoipa::path(post, path = CHALLENGE, params(("intent" = IntentId, Path), ("Prefer" = Option<String>, Header, description = "`wait=S` waits up to S seconds, 10 at most, for the outcome (RFC 7240).")), request_body = SignedChallenge, responses((status = ACCEPTED, body = OrderReceived), (status = OK, body = OrderAnswer), AnswerRefused))]
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
