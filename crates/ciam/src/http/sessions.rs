//! The routes of logins and sessions.

use super::rejection;
use crate::{Ciam, LoginError, SessionError};
use axum::extract::State;
use http_edge::{Class, Device, Json, Login, Rejection, Returning};
use protocol::http::{
    BeginSession, EndSession, LoginOptions, LoginsUnlocked, RefreshSession, SessionBegun,
    SessionRefreshed, SessionsAnswer, UnlockLogins,
};
use utoipa_axum::{router::OpenApiRouter, routes};

const LOGIN: &str = "/v1/login";
const CHALLENGE: &str = "/v1/login/challenge";
const SESSIONS: &str = "/v1/sessions";
const REFRESH: &str = "/v1/sessions/refresh";
const ENDINGS: &str = "/v1/sessions/endings";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 5] = [
    (LOGIN, Class::Enrolment),
    (SESSIONS, Class::Enrolment),
    (CHALLENGE, Class::Enrolment),
    (REFRESH, Class::Enrolment),
    (ENDINGS, Class::Enrolment),
];

/// The routes of a login, to be protected for devices that come back.
pub(super) fn login_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(challenge))
        .routes(routes!(begin))
}

/// The routes of a device, to be protected for devices.
pub(super) fn device_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default().routes(routes!(refresh))
}

/// The routes of a person, to be protected for logins.
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(end))
}

/// Gives the challenge of a login with a passkey.
#[utoipa::path(post, path = CHALLENGE, responses((status = OK, body = LoginOptions), LoginError))]
async fn challenge(
    State(ciam): State<Ciam>,
    device: Returning,
) -> Result<Json<LoginOptions>, Rejection> {
    Ok(Json(ciam.login_options(device.device)?))
}

/// Logs the person in on this device with a passkey.
#[utoipa::path(post, path = LOGIN, responses((status = OK, body = SessionBegun), LoginError))]
async fn begin(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(BeginSession { assertion }): Json<BeginSession>,
) -> Result<Json<SessionBegun>, Rejection> {
    let begun = ciam.login(&device, &assertion.into()).await?;
    Ok(Json(begun))
}

/// Gives the session of this device a new access token.
#[utoipa::path(post, path = REFRESH, responses((status = OK, body = SessionRefreshed), SessionError))]
async fn refresh(
    State(ciam): State<Ciam>,
    device: Device,
    Json(RefreshSession { refresh_token }): Json<RefreshSession>,
) -> Result<Json<SessionRefreshed>, Rejection> {
    Ok(Json(ciam.refresh_session(&device, &refresh_token).await?))
}

/// Lists where the customer is logged in, the oldest first.
#[utoipa::path(get, path = SESSIONS, responses((status = OK, body = SessionsAnswer), SessionError))]
async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<SessionsAnswer>, Rejection> {
    Ok(Json(ciam.sessions(&login).await?))
}

/// Signs a device of the customer out. It stays enrolled.
#[utoipa::path(post, path = ENDINGS, responses((status = OK, body = EndSession), SessionError))]
async fn end(
    State(ciam): State<Ciam>,
    login: Login,
    Json(EndSession { session }): Json<EndSession>,
) -> Result<Json<EndSession>, Rejection> {
    ciam.end_session(&login, session).await?;
    Ok(Json(EndSession { session }))
}

pub(super) async fn unlock(
    State(ciam): State<Ciam>,
    Json(UnlockLogins { customer, reason }): Json<UnlockLogins>,
) -> Result<Json<LoginsUnlocked>, Rejection> {
    let reason = super::reason(&reason)?;
    let forgotten = ciam.unlock_logins(&customer, reason).await?;
    Ok(Json(LoginsUnlocked { forgotten }))
}

http_edge::refuses!(
    LoginError: ChallengeUnknown,
    TokenInvalid,
    LoginRefused,
    LoginElsewhere,
    LoginLocked,
    DeviceRevoked,
    EnrolmentExpired,
);

http_edge::refuses!(SessionError: SessionEnded, SessionUnknown);

impl From<LoginError> for Rejection {
    fn from(error: LoginError) -> Self {
        match &error {
            LoginError::Locked { until, now } => {
                Self::new(error.code()).with_retry_after_ms(until.ms_since(*now))
            }
            error => rejection(error.code(), error),
        }
    }
}

impl From<SessionError> for Rejection {
    fn from(error: SessionError) -> Self {
        rejection(error.code(), &error)
    }
}
