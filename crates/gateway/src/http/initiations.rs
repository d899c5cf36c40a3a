//! The routes by which other apps prepare payments, and those by which the customer's devices see and decline them.

use crate::apps::{App, InitiationRefusal};
use crate::gateway::Gateway;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use http_edge::{Class, ClientGuard, Device, DeviceGuard, Json, Permission, Rejection};
use protocol::http::{DeclineInitiation, InitiatePayment, InitiationAnswer, WaitingInitiations};
use token::Scope;
use types::{ErrorCode, IntentId};

const INITIATIONS: &str = "/v1/payment-initiations";
const INITIATION: &str = "/v1/payment-initiations/{initiation}";
const WAITING: &str = "/v1/initiations";
const DECLINES: &str = "/v1/initiations/declines";

/// The classes of the routes for apps.
pub(super) const APP_CLASSES: [(&str, Class); 2] =
    [(INITIATIONS, Class::Orders), (INITIATION, Class::Orders)];

/// The classes of the routes for devices.
pub(super) const DEVICE_CLASSES: [(&str, Class); 2] =
    [(WAITING, Class::Orders), (DECLINES, Class::Orders)];

/// Maximum length of an `Idempotency-Key`, in characters.
const KEY_CHARS_MAX: usize = 64;

pub(super) fn app_routes(gateway: Gateway, guard: &ClientGuard) -> Router {
    let routes = Router::new()
        .route(INITIATIONS, post(initiate))
        .route(INITIATION, get(state))
        .method_not_allowed_fallback(async || Rejection::from(ErrorCode::MethodNotAllowed))
        .with_state(gateway);
    guard.protect(Scope::Payments, routes)
}

pub(super) fn device_routes(gateway: Gateway, guard: &DeviceGuard) -> Router {
    let routes = Router::new()
        .route(WAITING, get(waiting))
        .route(DECLINES, post(decline))
        .method_not_allowed_fallback(async || Rejection::from(ErrorCode::MethodNotAllowed))
        .with_state(gateway);
    guard.protect(routes)
}

impl From<Permission> for App {
    fn from(permission: Permission) -> Self {
        Self {
            client: permission.client,
            name: permission.name,
            customer: permission.customer,
        }
    }
}

async fn initiate(
    State(gateway): State<Gateway>,
    permission: Permission,
    headers: HeaderMap,
    Json(asked): Json<InitiatePayment>,
) -> Result<(StatusCode, Json<InitiationAnswer>), Rejection> {
    let key = idempotency_key(&headers)?;
    let answer = gateway.initiate(&permission.into(), key, &asked).await?;
    Ok((StatusCode::CREATED, Json(answer?)))
}

async fn state(
    State(gateway): State<Gateway>,
    permission: Permission,
    initiation: Result<Path<IntentId>, PathRejection>,
) -> Result<Json<InitiationAnswer>, Rejection> {
    let Path(initiation) = initiation.map_err(|_| ErrorCode::InitiationUnknown)?;
    let answer = gateway.initiation(&permission.into(), initiation).await?;
    Ok(Json(answer?))
}

async fn waiting(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<WaitingInitiations>, Rejection> {
    let initiations = gateway.waiting_initiations(device.device).await?;
    Ok(Json(WaitingInitiations { initiations }))
}

async fn decline(
    State(gateway): State<Gateway>,
    device: Device,
    Json(asked): Json<DeclineInitiation>,
) -> Result<Json<DeclineInitiation>, Rejection> {
    let declined = gateway.decline_initiation(device.device, asked.initiation);
    declined.await??;
    Ok(Json(asked))
}

/// The app's name for a request, which it repeats with the request (draft-ietf-httpapi-idempotency-key-header).
fn idempotency_key(headers: &HeaderMap) -> Result<&str, Rejection> {
    let mut given = headers.get_all("idempotency-key").iter();
    let key = given.next().and_then(|key| key.to_str().ok());
    let is_key = |key: &&str| {
        (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = key.filter(is_key).filter(|_| given.next().is_none());
    key.ok_or_else(|| {
        Rejection::new(ErrorCode::Malformed).with_detail(format!(
            "one Idempotency-Key of 1 to {KEY_CHARS_MAX} visible characters is needed"
        ))
    })
}

impl From<InitiationRefusal> for Rejection {
    fn from(refusal: InitiationRefusal) -> Self {
        let rejection = Self::new(refusal.code());
        match refusal {
            InitiationRefusal::Malformed(error) => rejection.with_detail(error.to_string()),
            InitiationRefusal::TooMany(wait_ms) => rejection.with_retry_after_ms(wait_ms),
            _ => rejection,
        }
    }
}
