//! ciam over HTTP. Problems carry the codes of `docs/errors.md`.
//!
//! Every request may be repeated: an enrolment contains the device's own id, a repeated request of the bank for a code
//! issues one more code, one of a device ends the code before, and a repeated revocation returns its current state.

mod authorization;
mod calls;
mod consents;
mod login_provider;
mod openid;
mod own_devices;
mod page;
mod passkeys;
mod password;
mod sessions;
mod staff;
mod stopping;

use crate::openid::paths::{CONFIGURATION, JWKS};
use crate::{Ciam, EnrolError, EraseError, Failure, IssueCodeError, RenewError, RevokeError};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::post;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use http_edge::{Class, Device, DeviceGuard, Json, Rejection, Routes, Stranger};
use protocol::http::{
    Challenge, EnrolmentAnswer, EnrolmentRequest, Erase, Erased, IssueCode, IssuedCode,
    RenewedToken, Revoke, Revoked,
};
use std::error::Error;
use token::Jwks;
use types::ErrorCode;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A customer number may be long.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// An enrolment is below 2 KiB, and an attestation in base64url is a third longer than in bytes.
const ENROLMENT_BYTES_MAX: usize = BODY_BYTES_MAX + attestation::OBJECT_BYTES_MAX / 3 * 4;

const CHALLENGE: &str = "/v1/enrolment/challenge";
const ENROLMENT: &str = "/v1/enrolment";
const TOKEN: &str = "/v1/token";

/// The paths that only the OpenID provider's own page may use.
pub const PAGES: [&str; 4] = authorization::PAGES;

/// Where the OpenID provider's metadata are.
pub const PROVIDER_METADATA: &str = CONFIGURATION;

/// The classes of the routes for devices.
#[must_use]
pub fn classes() -> Vec<(&'static str, Class)> {
    let own = [
        (CHALLENGE, Class::Enrolment),
        (ENROLMENT, Class::Enrolment),
        (TOKEN, Class::Enrolment),
    ];
    let classes = [
        own.as_slice(),
        authorization::CLASSES.as_slice(),
        calls::CLASSES.as_slice(),
        consents::CLASSES.as_slice(),
        login_provider::CLASSES.as_slice(),
        openid::CLASSES.as_slice(),
        own_devices::CLASSES.as_slice(),
        passkeys::CLASSES.as_slice(),
        password::CLASSES.as_slice(),
        sessions::CLASSES.as_slice(),
        stopping::CLASSES.as_slice(),
    ];
    classes.concat()
}

/// Key operations of a challenge: generating its key.
const CHALLENGE_KEY_OPERATIONS: u32 = 1;

/// Key operations of an enrolment: verifying two signatures, generating a key and agreeing with it, signing a statement
/// and a token.
const ENROLMENT_KEY_OPERATIONS: u32 = 6;

/// Key operations of an attestation: verifying up to two chains of certificates.
const ATTESTATION_KEY_OPERATIONS: u32 = 12;

/// The routes for new devices, the OpenID provider's for clients and browsers, and the JWKS for services that verify tokens.
pub fn routes(ciam: Ciam) -> Router {
    public_routes().serve_open(&ciam)
}

/// The routes for enrolled devices and for people who logged in on them, behind `guard`.
pub fn device_routes(ciam: Ciam, guard: &DeviceGuard) -> Router {
    public_routes().serve_guarded(&ciam, guard)
}

/// What the API document says of all these routes.
#[must_use]
pub fn document() -> OpenApi {
    public_routes().document()
}

fn public_routes() -> Routes<Ciam> {
    let of_strangers = OpenApiRouter::default()
        .routes(routes!(challenge))
        .merge(login_provider::routes_of_strangers())
        .merge(authorization::routes());
    let enrolment = OpenApiRouter::default().routes(routes!(enrol));
    let cached = OpenApiRouter::default()
        .routes(routes!(jwks))
        .merge(openid::public_routes());
    let of_devices = OpenApiRouter::default()
        .routes(routes!(renew))
        .merge(sessions::device_routes())
        .merge(calls::device_routes())
        .merge(stopping::device_routes());
    let of_people = passkeys::routes()
        .merge(password::routes())
        .merge(sessions::routes())
        .merge(own_devices::routes())
        .merge(consents::routes());
    let logins = sessions::login_routes()
        .merge(password::login_routes())
        .merge(login_provider::login_routes());
    Routes::new()
        .with_bodies_up_to(BODY_BYTES_MAX)
        .for_everybody(cached)
        .for_everybody_through(of_strangers, |router, _| {
            router.layer(map_response(no_store))
        })
        .for_everybody_through(enrolment, |router, _| {
            let with_attestation = DefaultBodyLimit::max(ENROLMENT_BYTES_MAX);
            router.layer(with_attestation).layer(map_response(no_store))
        })
        .for_everybody_through(openid::routes(), |router, ciam| {
            openid::with_nonce(router, ciam).layer(map_response(no_store))
        })
        .for_devices(of_devices)
        .for_returning_devices(logins)
        .for_people(of_people)
}

/// The operator's routes, for the operator's listener behind its token.
///
/// Those that act on customers are refused from when the bank's first administrator is active: then the staff does it.
pub fn operator_routes(ciam: Ciam) -> Router {
    Router::new()
        .route("/v1/operator/activation-codes", post(issue_code))
        .route("/v1/operator/revocations", post(revoke))
        .route("/v1/operator/unlocks", post(sessions::unlock))
        .route("/v1/operator/resumptions", post(stopping::resume))
        .route("/v1/operator/erasures", post(erase))
        .merge(calls::operator_routes())
        .route_layer(from_fn_with_state(ciam.clone(), refuse_beside_staff))
        .merge(staff::operator_routes())
        .layer(map_response(no_store))
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(ciam)
}

/// The routes of the bank's staff, for the operator's listener. They need no operator's token.
pub fn staff_routes(ciam: Ciam) -> Router {
    staff::routes(&ciam)
        .layer(map_response(no_store))
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(ciam)
}

async fn refuse_beside_staff(
    State(ciam): State<Ciam>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    if !ciam.operator_acts().await? {
        return Err(ErrorCode::StaffLoginNeeded.into());
    }
    Ok(next.run(request).await)
}

/// Answers with tokens and codes must not be cached.
async fn no_store(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

async fn no_method() -> Rejection {
    ErrorCode::MethodNotAllowed.into()
}

/// Gives the challenge of an enrolment.
#[utoipa::path(post, path = CHALLENGE, responses((status = OK, body = Challenge)))]
async fn challenge(
    State(ciam): State<Ciam>,
    stranger: Stranger,
) -> Result<Json<Challenge>, Rejection> {
    stranger.spend_key_operations(CHALLENGE_KEY_OPERATIONS)?;
    Ok(Json(ciam.challenge()?))
}

/// Enrols a device. Repeated within a day with the same keys and code, it answers the same device.
#[utoipa::path(post, path = ENROLMENT, responses((status = OK, body = EnrolmentAnswer), EnrolError))]
async fn enrol(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    Json(request): Json<EnrolmentRequest>,
) -> Result<Json<EnrolmentAnswer>, Rejection> {
    let attested = request.attestation.as_ref();
    let attestation = attested.map_or(0, |_| ATTESTATION_KEY_OPERATIONS);
    stranger.spend_key_operations(ENROLMENT_KEY_OPERATIONS + attestation)?;
    Ok(Json(ciam.enrol(&request).await?))
}

/// Gives the device a new channel token. The previous one stays valid until it expires.
#[utoipa::path(post, path = TOKEN, responses((status = OK, body = RenewedToken), RenewError))]
async fn renew(State(ciam): State<Ciam>, device: Device) -> Result<Json<RenewedToken>, Rejection> {
    let channel_token = ciam.renew_token(device.device, device.channels).await?;
    Ok(Json(RenewedToken { channel_token }))
}

/// The keys of channel tokens, access tokens and ID tokens.
#[utoipa::path(get, path = JWKS, responses((status = OK, body = Jwks)))]
async fn jwks(State(ciam): State<Ciam>) -> Json<Jwks> {
    Json(ciam.jwks())
}

async fn issue_code(
    State(ciam): State<Ciam>,
    Json(IssueCode { customer }): Json<IssueCode>,
) -> Result<Json<IssuedCode>, Rejection> {
    let issued = ciam.issue_code(&customer).await?;
    Ok(Json(IssuedCode {
        customer,
        code: issued.code.expose().to_owned(),
        root: issued.root,
        expires: issued.expires,
    }))
}

async fn revoke(
    State(ciam): State<Ciam>,
    Json(Revoke { device }): Json<Revoke>,
) -> Result<Json<Revoked>, Rejection> {
    Ok(Json(ciam.revoke(device).await?))
}

async fn erase(
    State(ciam): State<Ciam>,
    Json(Erase { customer }): Json<Erase>,
) -> Result<Json<Erased>, Rejection> {
    let erased = ciam.erase_customer(&customer).await?;
    Ok(Json(Erased {
        known: erased.known,
        channel: erased.channel,
    }))
}

/// The reason for an act, which its audit record names.
fn reason(reason: &str) -> Result<&str, Rejection> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > 1024 {
        let rejection = Rejection::new(ErrorCode::Malformed);
        return Err(rejection.with_detail("a reason of 1 to 1,024 bytes is needed"));
    }
    Ok(reason)
}

/// The caller sees a failure that it can fix. Any other is logged with its causes.
fn rejection(code: ErrorCode, error: &(dyn Error + 'static)) -> Rejection {
    if code.status() < 500 {
        Rejection::new(code).with_detail(error.to_string())
    } else {
        Rejection::of_fault(code, error)
    }
}

http_edge::refuses!(
    EnrolError: ChallengeUnknown,
    EnrolmentInvalid,
    CodeInvalid,
    CodeExpired,
    CodeExhausted,
    CodeUsed,
    DeviceConflict,
    TooManyDevices,
    EnrolmentAwaited,
    DeviceRevoked,
    EnrolmentStopped,
);

http_edge::refuses!(RenewError: EnrolmentExpired);

impl From<EnrolError> for Rejection {
    fn from(error: EnrolError) -> Self {
        match &error {
            EnrolError::NotProven(cause) => {
                Self::new(error.code()).with_detail(format!("{error}: {}", cause.reason()))
            }
            error => rejection(error.code(), error),
        }
    }
}

impl From<RenewError> for Rejection {
    fn from(error: RenewError) -> Self {
        rejection(error.code(), &error)
    }
}

impl From<IssueCodeError> for Rejection {
    fn from(error: IssueCodeError) -> Self {
        rejection(error.code(), &error)
    }
}

impl From<RevokeError> for Rejection {
    fn from(error: RevokeError) -> Self {
        rejection(error.code(), &error)
    }
}

impl From<EraseError> for Rejection {
    fn from(error: EraseError) -> Self {
        rejection(error.code(), &error)
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        rejection(failure.code(), &failure)
    }
}
