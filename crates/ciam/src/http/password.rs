//! The routes of a customer's password.

use super::rejection;
use crate::{Ciam, PasswordError};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Class, Json, Login, Rejection, Returning};
use protocol::http::{
    AskLoginCode, LogInByPassword, LoginCodeAsked, PasswordBegun, PasswordState, SessionBegun,
    SetPassword,
};

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
pub(super) fn routes() -> Router<Ciam> {
    Router::new()
        .route(PASSWORD, get(state).post(set))
        .route(BEGINNINGS, post(begin))
        .route(REMOVALS, post(remove))
}

/// The routes of a login, to be protected for devices that come back.
pub(super) fn login_routes() -> Router<Ciam> {
    Router::new()
        .route(LOGIN, post(log_in))
        .route(CODES, post(send_code))
}

async fn state(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordState>, Rejection> {
    Ok(Json(ciam.password_state(&login).await?))
}

async fn begin(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordBegun>, Rejection> {
    Ok(Json(ciam.begin_password(&login).await?))
}

async fn set(
    State(ciam): State<Ciam>,
    login: Login,
    Json(request): Json<SetPassword>,
) -> Result<Json<PasswordState>, Rejection> {
    Ok(Json(ciam.set_password(&login, request).await?))
}

async fn remove(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasswordState>, Rejection> {
    ciam.remove_password(&login).await?;
    Ok(Json(PasswordState::default()))
}

async fn log_in(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(request): Json<LogInByPassword>,
) -> Result<Json<SessionBegun>, Rejection> {
    Ok(Json(ciam.log_in_by_password(&device, request).await?))
}

async fn send_code(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(request): Json<AskLoginCode>,
) -> Result<Json<LoginCodeAsked>, Rejection> {
    Ok(Json(ciam.send_code(&device, request).await?))
}

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
