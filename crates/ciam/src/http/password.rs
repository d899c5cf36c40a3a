//! The routes of a customer's password.

use super::rejection;
use crate::{Ciam, LoginError, PasswordError};
use axum::extract::State;
use http_edge::{Class, Json, Login, Rejection, Returning};
use protocol::http::{
    AskLoginCode, LogInByPassword, LoginCodeAsked, PasswordBegun, PasswordState, SessionBegun,
    SetPassword,
};
use utoipa_axum::{router::OpenApiRouter, routes};

const PASSWORD: &str = "/v1/password";
const BEGINNINGS: &str = "/v1/password/beginnings";
const REMOVALS: &str = "/v1/password/removals";
const LOGIN: &str = "/v1/login/password";
const CODES: &str = "/v1/login/password/codes";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 5] = [
    (PASSWORD, Class::Enrolment),
    (BEGINNINGS, Class::Enrolment),
    (REMOVALS, Class::Enrolment),
    (LOGIN, Class::Enrolment),
    (CODES, Class::Enrolment),
];

/// The routes, to be protected for logins.
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(state, set))
        .routes(routes!(begin))
        .routes(routes!(remove))
}

/// The routes of a login, to be protected for devices that come back.
pub(super) fn login_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(log_in))
        .routes(routes!(send_code))
}

/// Says whether the customer has a password.
#[utoipa::path(get, path = PASSWORD, responses((status = OK, body = PasswordState), PasswordError))]
async fn state(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordState>, Rejection> {
    Ok(Json(ciam.password_state(&login).await?))
}

/// Makes a secret for an authenticator app. Stores nothing. Needs a recent login.
#[utoipa::path(post, path = BEGINNINGS, responses((status = OK, body = PasswordBegun), PasswordError))]
async fn begin(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordBegun>, Rejection> {
    Ok(Json(ciam.begin_password(&login).await?))
}

/// Sets the password and the authenticator app, in place of earlier ones. Needs a recent login.
#[utoipa::path(post, path = PASSWORD, responses((status = OK, body = PasswordState), PasswordError))]
async fn set(
    State(ciam): State<Ciam>,
    login: Login,
    Json(request): Json<SetPassword>,
) -> Result<Json<PasswordState>, Rejection> {
    Ok(Json(ciam.set_password(&login, request).await?))
}

/// Removes the password. Needs a recent login.
#[utoipa::path(post, path = REMOVALS, responses((status = OK, body = PasswordState), PasswordError))]
async fn remove(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordState>, Rejection> {
    ciam.remove_password(&login).await?;
    Ok(Json(PasswordState::default()))
}

/// Logs the person in on this device with password and authenticator app.
#[utoipa::path(post, path = LOGIN, responses((status = OK, body = SessionBegun), LoginError))]
async fn log_in(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(request): Json<LogInByPassword>,
) -> Result<Json<SessionBegun>, Rejection> {
    Ok(Json(ciam.log_in_by_password(&device, request).await?))
}

/// Why no code is sent, beside why nobody is logged in.
struct CodeRefused;

http_edge::refuses!(CodeRefused: NotFound);

/// Has the bank send a code for a login on this device, if the password is right, which the answer does not tell.
#[utoipa::path(post, path = CODES, responses((status = OK, body = LoginCodeAsked), LoginError, CodeRefused))]
async fn send_code(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(request): Json<AskLoginCode>,
) -> Result<Json<LoginCodeAsked>, Rejection> {
    Ok(Json(ciam.send_code(&device, request).await?))
}

http_edge::refuses!(
    PasswordError: ChallengeUnknown,
    OneTimeCodeWrong,
    PasswordRefused,
    PasswordUnknown,
    LoginElsewhere,
);

impl From<PasswordError> for Rejection {
    fn from(error: PasswordError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            PasswordError::LoginRequired { max_age_s } => rejection.with_max_age_s(*max_age_s),
            PasswordError::Refused(rule) => rejection.with_detail(rule.to_string()),
            _ => rejection,
        }
    }
}
