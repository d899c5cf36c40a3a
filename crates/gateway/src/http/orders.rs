//! The routes of orders, vouchers and payee checks.

use super::answers::answered;
use super::{batch, brakes, challenge, initiations};
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::orders::TokenDevice;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use http_edge::{Class, Device, DeviceGuard, FurtherPermits, Json, JsonBytes, Rejection};
use order::{Creditor, OrderError};
use protocol::http::{
    OrderAnswer, PayeeCheckAnswer, PayeeCheckRequest, SetBrake, SignedOrders, VouchersAnswer,
};
use types::{ErrorCode, IntentId};

const VOUCHERS: &str = "/v1/vouchers";
const ORDERS: &str = "/v1/orders";
const ORDER: &str = "/v1/orders/{intent}";
const BATCH: &str = "/v1/orders/batch";
const CHALLENGE: &str = "/v1/orders/{intent}/challenge";
const BRAKES: &str = "/v1/brakes";
const PAYEE_CHECKS: &str = "/v1/payee-checks";

/// The classes of the routes of orders.
#[must_use]
pub fn order_classes() -> Vec<(&'static str, Class)> {
    [CLASSES.as_slice(), initiations::DEVICE_CLASSES.as_slice()].concat()
}

const CLASSES: [(&str, Class); 7] = [
    (VOUCHERS, Class::Orders),
    (ORDERS, Class::Orders),
    (ORDER, Class::Orders),
    (BATCH, Class::Orders),
    (CHALLENGE, Class::Orders),
    (PAYEE_CHECKS, Class::Orders),
    (BRAKES, Class::Orders),
];

/// The routes of orders, for devices:
///
/// - `POST /v1/vouchers`
/// - `POST /v1/orders`, with `Prefer: wait=S` to wait for the outcome
/// - `GET /v1/orders/{intent}`
/// - `POST /v1/orders/batch`
/// - `POST /v1/orders/{intent}/challenge`, with `Prefer: wait=S` to wait for the outcome
/// - `POST /v1/payee-checks`
/// - `GET /v1/brakes` and `POST /v1/brakes`
/// - `GET /v1/initiations`
/// - `POST /v1/initiations/declines`
pub fn order_routes(gateway: Gateway, guard: &DeviceGuard) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let counting = guard.clone();
    let submit_all = async move |State(gateway): State<Gateway>,
                                 device: Device,
                                 permits: FurtherPermits,
                                 Json(batch): Json<SignedOrders>| {
        batch::submit_all(&gateway, (device, &counting), permits, batch).await
    };
    let counting = guard.clone();
    let set_brake = async move |State(gateway): State<Gateway>,
                                device: Device,
                                Json(request): Json<SetBrake>| {
        brakes::set(&gateway, (&device, &counting), &request).await
    };
    let routes = Router::new()
        .route(VOUCHERS, post(vouchers))
        .route(ORDERS, post(submit))
        .route(ORDER, get(state))
        .route(BATCH, post(submit_all))
        .route(CHALLENGE, post(challenge::answer))
        .route(PAYEE_CHECKS, post(check_payee))
        .route(BRAKES, get(brakes::limits).post(set_brake))
        .method_not_allowed_fallback(no_method)
        .with_state(gateway.clone());
    guard
        .protect(routes)
        .merge(initiations::device_routes(gateway, guard))
}

async fn vouchers(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<VouchersAnswer>, Rejection> {
    Ok(Json(gateway.vouchers(device.device).await?))
}

async fn submit(
    State(gateway): State<Gateway>,
    device: Device,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Rejection> {
    let token = TokenDevice::from(device);
    let submitted = gateway.submit_posted(&token, &body).await?;
    answered(&gateway, &headers, token.device, submitted).await
}

async fn state(
    State(gateway): State<Gateway>,
    device: Device,
    intent: Result<Path<IntentId>, PathRejection>,
) -> Result<Json<OrderAnswer>, Rejection> {
    let Path(intent) = intent.map_err(|_| ErrorCode::OrderUnknown)?;
    let answer = gateway.order(device.device, intent).await?;
    Ok(Json(answer.ok_or(ErrorCode::OrderUnknown)?))
}

async fn check_payee(
    State(gateway): State<Gateway>,
    device: Device,
    Json(asked): Json<PayeeCheckRequest>,
) -> Result<Json<PayeeCheckAnswer>, Rejection> {
    let malformed = |error: OrderError| {
        Rejection::new(ErrorCode::OrderMalformed).with_detail(error.to_string())
    };
    let creditor = Creditor {
        bank: asked.bank,
        name: Some(asked.name),
        ..Creditor::new(
            asked.scheme.parse().map_err(malformed)?,
            asked.identification,
        )
    };
    creditor.check().map_err(malformed)?;
    match gateway.check_payee(device.device, &creditor).await? {
        Ok(answer) => Ok(Json(answer)),
        Err(wait_ms) => {
            Err(Rejection::new(ErrorCode::TooManyPayeeChecks).with_retry_after_ms(wait_ms))
        }
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self::of_fault(failure.code(), &failure)
    }
}
