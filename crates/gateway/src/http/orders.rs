//! The routes of orders, vouchers and payee checks.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::orders::{Receipt, Submitted, TokenDevice};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http_edge::{Class, Device, DeviceGuard, Json, Rejection, stored_problem};
use order::{Assertion, Creditor, OrderError, SignedIntent};
use protocol::http::{
    OrderAnswer, PasskeyAssertion, PayeeCheckAnswer, PayeeCheckRequest, SignedOrder, VouchersAnswer,
};
use std::time::Duration;
use tokio::time::timeout;
use types::{DeviceId, ErrorCode, IntentId};

const VOUCHERS: &str = "/v1/vouchers";
const ORDERS: &str = "/v1/orders";
const ORDER: &str = "/v1/orders/{intent}";
const PAYEE_CHECKS: &str = "/v1/payee-checks";

/// The longest time that a request waits for its outcome.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The classes of the routes of orders.
pub const ORDER_CLASSES: [(&str, Class); 4] = [
    (VOUCHERS, Class::Orders),
    (ORDERS, Class::Orders),
    (ORDER, Class::Orders),
    (PAYEE_CHECKS, Class::Orders),
];

/// The routes of orders, for devices:
///
/// - `POST /v1/vouchers`
/// - `POST /v1/orders`, with `Prefer: wait=S` to wait for the outcome
/// - `GET /v1/orders/{intent}`
/// - `POST /v1/payee-checks`
pub fn order_routes(gateway: Gateway, guard: &DeviceGuard) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let routes = Router::new()
        .route(VOUCHERS, post(vouchers))
        .route(ORDERS, post(submit))
        .route(ORDER, get(state))
        .route(PAYEE_CHECKS, post(check_payee))
        .method_not_allowed_fallback(no_method)
        .with_state(gateway);
    guard.protect(routes)
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
    Json(order): Json<SignedOrder>,
) -> Result<Response, Rejection> {
    let token = TokenDevice::from(device);
    let submitted = gateway.submit(&token, signed(order)).await?;
    answered(&gateway, &headers, token.device, submitted).await
}

/// The receipt, or how far the order has come if the request waits and that is known in time.
pub(super) async fn answered(
    gateway: &Gateway,
    headers: &HeaderMap,
    device: DeviceId,
    Submitted { receipt, placing }: Submitted,
) -> Result<Response, Rejection> {
    if let (Some(wait), Some(intent), None) = (asked_wait(headers), receipt.intent, receipt.refusal)
    {
        if let Some(placing) = placing {
            // The order goes on, whether or not it is placed in time.
            let _in_time = timeout(wait, placing).await;
        }
        let answer = gateway.order(device, intent).await?;
        if let Some(answer) = answer.filter(OrderAnswer::is_answered) {
            return Ok(Json(answer).into_response());
        }
    }
    Ok(response(receipt))
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

/// The stored bytes, as they were first sent.
pub(super) fn response(receipt: Receipt) -> Response {
    match receipt.refusal {
        Some(code) => stored_problem(code, receipt.body),
        None => {
            let json = [(CONTENT_TYPE, "application/json")];
            (StatusCode::ACCEPTED, json, Body::from(receipt.body)).into_response()
        }
    }
}

impl From<Device> for TokenDevice {
    fn from(device: Device) -> Self {
        Self {
            device: device.device,
            channels: device.channels,
            issued: device.issued,
            address: device.address,
        }
    }
}

pub(super) fn assertion(given: PasskeyAssertion) -> Assertion {
    Assertion {
        credential: given.credential.0,
        authenticator_data: given.authenticator_data.0,
        client_data_json: given.client_data_json.0,
        signature: given.signature.0,
    }
}

pub(super) fn signed(order: SignedOrder) -> SignedIntent {
    SignedIntent {
        signed: order.signed.0,
        assertion: order.assertion.map(assertion),
    }
}

/// The seconds of `Prefer: wait` (RFC 7240, 4.3), at most [`WAIT_MAX`].
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let mut preferences = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']));
    let wait = preferences.find_map(|preference| {
        let (name, seconds) = preference.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("wait");
        seconds.trim().parse().ok().filter(|_| named)
    })?;
    Some(Duration::from_secs(wait).min(WAIT_MAX))
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self::of_fault(failure.code(), &failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_from_any_preference_and_bounded() {
        let check = |value: &'static str, seconds: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", value.parse().unwrap());
            assert_eq!(asked_wait(&headers), seconds.map(Duration::from_secs));
        };
        check("wait=3", Some(3));
        check("respond-async, Wait = 7", Some(7));
        check("wait=100000", Some(10));
        check("wait=-1", None);
        check("wait", None);
        check("handling=lenient", None);
    }
}
