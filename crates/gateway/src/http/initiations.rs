//! The routes by which other apps prepare payments, and those by which the customer's devices see and decline them.

use crate::apps::InitiationRefusal;
use crate::gateway::Gateway;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRef, Path, State};
use axum::http::{HeaderMap, StatusCode};
use http_edge::{Class, Device, Json, Permission, Rejection};
use protocol::http::{DeclineInitiation, InitiatePayment, InitiationAnswer, WaitingInitiations};
use types::{ErrorCode, IntentId};
use utoipa_axum::{router::OpenApiRouter, routes};

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

pub(super) fn app_routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Gateway: FromRef<S>,
{
    OpenApiRouter::default()
        .routes(routes!(initiate))
        .routes(routes!(state))
}

http_edge::refuses!(
    InitiationRefusal: OrderMalformed,
    DebitAccountForbidden,
    IdempotencyKeyUsed,
    TooManyRequests,
    InitiationUnknown,
    InitiationOver,
);

/// Prepares a payment, which the person approves or declines in the bank's app. The same request gets the same answer.
#[utoipa::path(post, path = INITIATIONS, params(("Idempotency-Key" = String, Header, description = "The app's name for the request, which it repeats with the request.", pattern = "^[!-~]+$", min_length = 1, max_length = 64)), responses((status = CREATED, body = InitiationAnswer), InitiationRefusal))]
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

/// Says what became of a payment.
#[utoipa::path(get, path = INITIATION, params(("initiation" = IntentId, Path)), responses((status = OK, body = InitiationAnswer), InitiationRefusal))]
async fn state(
    State(gateway): State<Gateway>,
    permission: Permission,
    initiation: Result<Path<IntentId>, PathRejection>,
) -> Result<Json<InitiationAnswer>, Rejection> {
    let Path(initiation) = initiation.map_err(|_| ErrorCode::InitiationUnknown)?;
    let answer = gateway.initiation(&permission.into(), initiation).await?;
    Ok(Json(answer?))
}

/// Lists the payments that wait for the person, the oldest first.
#[utoipa::path(get, path = WAITING, responses((status = OK, body = WaitingInitiations)))]
pub(super) async fn waiting(
    State(gateway): State<Gateway>,
    device: Device,
) -> Result<Json<WaitingInitiations>, Rejection> {
    let initiations = gateway.waiting_initiations(device.device).await?;
    Ok(Json(WaitingInitiations { initiations }))
}

/// Declines a payment. Repeated, it changes nothing.
#[utoipa::path(post, path = DECLINES, responses((status = OK, body = DeclineInitiation), InitiationRefusal))]
pub(super) async fn decline(
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
