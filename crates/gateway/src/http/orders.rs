//! The routes of orders, vouchers and payee checks.

use super::answers::answered;
use super::paths::{BATCH, BRAKES, CHALLENGE, ORDER, ORDERS, PAYEE_CHECKS, VOUCHERS};
use super::{batch, brakes, challenge, initiations};
use crate::brakes::BrakeRefusal;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::orders::TokenDevice;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRef, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http_edge::{Class, Device, DeviceGuard, FurtherPermits, Json, JsonBytes, Rejection, Routes};
use order::{Creditor, OrderError};
use protocol::http::{
    OrderAnswer, OrderAnswers, OrderLimits, OrderReceived, PayeeCheckAnswer, PayeeCheckRequest,
    SetBrake, SignedOrder, SignedOrders, VouchersAnswer,
};
use types::{ErrorCode, IntentId};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

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

/// What the routes need.
#[derive(Clone)]
pub(super) struct Served {
    gateway: Gateway,
    guard: DeviceGuard,
}

impl FromRef<Served> for Gateway {
    fn from_ref(served: &Served) -> Self {
        served.gateway.clone()
    }
}

/// The routes of orders, for devices. `Prefer: wait=S` waits for the outcome of one.
pub fn order_routes(gateway: Gateway, guard: &DeviceGuard) -> Router {
    let guard = guard.clone();
    let served = Served { gateway, guard };
    public_routes().serve(&served, &served.guard)
}

/// What the API document says of the routes of orders.
#[must_use]
pub fn order_document() -> OpenApi {
    public_routes().document()
}

fn public_routes() -> Routes<Served> {
    let of_devices = OpenApiRouter::default()
        .routes(routes!(vouchers))
        .routes(routes!(submit))
        .routes(routes!(state))
        .routes(routes!(submit_all))
        .routes(routes!(challenge::answer))
        .routes(routes!(check_payee))
        .routes(routes!(brakes::limits, set_brake))
        .routes(routes!(initiations::waiting))
        .routes(routes!(initiations::decline));
    Routes::new().for_devices(of_devices)
}

/// What an order may be refused with, one code for each check.
struct OrderRefused;

http_edge::refuses!(
    OrderRefused: OrderMalformed,
    OrderOfAnother,
    OrderIdUsed,
    OrderCancelledBefore,
    OrderDeviceRemoved,
    OrderSignatureInvalid,
    OrderApprovalInvalid,
    OrderTextDiffers,
    OrderCreatedAhead,
    OrderExpired,
    OrderDiffers,
    InitiationOver,
    VoucherUnknown,
    VoucherExpired,
    VoucherSpent,
    VoucherExceeded,
    DebitAccountForbidden,
    OrderTargetUnknown,
    OrderTargetDone,
    OrderNotExecutable,
    AccountFrozen,
    NewPayeesFrozen,
    OwnLimitExceeded,
    OrderLimitExceeded,
    OrderDeclined,
    OrdersStopped,
);

/// Why there is no state of an order.
struct StateRefused;

http_edge::refuses!(StateRefused: OrderUnknown);

/// Why a payee is not checked.
struct PayeeCheckRefused;

http_edge::refuses!(PayeeCheckRefused: OrderMalformed, TooManyPayeeChecks);

/// Gives the device its vouchers, its limits and the schedule of fees.
#[utoipa::path(post, path = VOUCHERS, responses((status = OK, body = VouchersAnswer)))]
async fn vouchers(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<VouchersAnswer>, Rejection> {
    Ok(Json(gateway.vouchers(device.device).await?))
}

/// Takes an order. The same intent again gets the same answer, and is executed once.
#[utoipa::path(post, path = ORDERS, params(("Prefer" = Option<String>, Header, description = "`wait=S` waits up to S seconds, 10 at most, for the outcome (RFC 7240).")), request_body = SignedOrder, responses((status = ACCEPTED, body = OrderReceived), (status = OK, body = OrderAnswer), OrderRefused))]
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

/// Says how far an order has come.
#[utoipa::path(get, path = ORDER, params(("intent" = IntentId, Path)), responses((status = OK, body = OrderAnswer), StateRefused))]
async fn state(
    State(gateway): State<Gateway>,
    device: Device,
    intent: Result<Path<IntentId>, PathRejection>,
) -> Result<Json<OrderAnswer>, Rejection> {
    let Path(intent) = intent.map_err(|_| ErrorCode::OrderUnknown)?;
    let answer = gateway.order(device.device, intent).await?;
    Ok(Json(answer.ok_or(ErrorCode::OrderUnknown)?))
}

/// Asks whether an account belongs to whom the customer named.
#[utoipa::path(post, path = PAYEE_CHECKS, responses((status = OK, body = PayeeCheckAnswer), PayeeCheckRefused))]
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

/// Judges up to 20 orders, each by itself.
#[utoipa::path(post, path = BATCH, responses((status = OK, body = OrderAnswers)))]
async fn submit_all(
    State(Served { gateway, guard }): State<Served>,
    device: Device,
    permits: FurtherPermits,
    Json(batch): Json<SignedOrders>,
) -> Result<Response, Rejection> {
    batch::submit_all(&gateway, (device, &guard), permits, batch).await
}

/// Sets or ends a brake.
#[utoipa::path(post, path = BRAKES, responses((status = OK, body = OrderLimits), BrakeRefusal))]
async fn set_brake(
    State(Served { gateway, guard }): State<Served>,
    device: Device,
    Json(request): Json<SetBrake>,
) -> Result<Json<OrderLimits>, Rejection> {
    brakes::set(&gateway, (&device, &guard), &request).await
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self::of_fault(failure.code(), &failure)
    }
}
