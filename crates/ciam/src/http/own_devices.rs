//! The routes of a customer's own devices.

use super::rejection;
use crate::{Ciam, OwnDeviceError};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Class, Json, Login, Rejection};
use protocol::http::{
    AnswerDevice, DeviceAnswered, IssuedCode, OwnDevices, RemoveDevice, WaitingDevices,
};

const DEVICES: &str = "/v1/devices";
const REMOVALS: &str = "/v1/devices/removals";
const CODES: &str = "/v1/devices/codes";
const WAITING: &str = "/v1/devices/waiting";
const ANSWERS: &str = "/v1/devices/waiting/answers";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 5] = [
    (DEVICES, Class::Enrolment),
    (REMOVALS, Class::Enrolment),
    (CODES, Class::Enrolment),
    (WAITING, Class::Enrolment),
    (ANSWERS, Class::Enrolment),
];

/// The routes, to be protected for logins.
pub(super) fn routes() -> Router<Ciam> {
    Router::new()
        .route(DEVICES, get(list))
        .route(REMOVALS, post(remove))
        .route(CODES, post(make_code))
        .route(WAITING, get(waiting))
        .route(ANSWERS, post(answer))
}

async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<OwnDevices>, Rejection> {
    let devices = ciam.own_devices(&login).await?;
    Ok(Json(OwnDevices { devices }))
}

async fn remove(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RemoveDevice { device }): Json<RemoveDevice>,
) -> Result<Json<RemoveDevice>, Rejection> {
    ciam.remove_device(&login, device).await?;
    Ok(Json(RemoveDevice { device }))
}

async fn make_code(State(ciam): State<Ciam>, login: Login) -> Result<Json<IssuedCode>, Rejection> {
    let (customer, made) = ciam.make_code(&login).await?;
    Ok(Json(IssuedCode {
        customer,
        code: made.code.expose().to_owned(),
        root: made.root,
        expires: made.expires,
    }))
}

async fn waiting(
    State(ciam): State<Ciam>,
    login: Login,
) -> Result<Json<WaitingDevices>, Rejection> {
    let devices = ciam.waiting_devices(&login).await?;
    Ok(Json(WaitingDevices { devices }))
}

async fn answer(
    State(ciam): State<Ciam>,
    login: Login,
    Json(AnswerDevice { device, number }): Json<AnswerDevice>,
) -> Result<Json<DeviceAnswered>, Rejection> {
    let approved = ciam.answer_waiting(&login, device, number).await?;
    Ok(Json(DeviceAnswered { device, approved }))
}

impl From<OwnDeviceError> for Rejection {
    fn from(error: OwnDeviceError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            OwnDeviceError::LoginRequired { max_age_s } => rejection.with_max_age_s(*max_age_s),
            _ => rejection,
        }
    }
}
