//! The routes of a customer's own devices.

use super::rejection;
use crate::{Ciam, OwnDeviceError};
use axum::extract::State;
use http_edge::{Class, Json, Login, Rejection};
use protocol::http::{
    AnswerDevice, DeviceAnswered, IssuedCode, OwnDevices, RemoveDevice, WaitingDevices,
};
use utoipa_axum::{router::OpenApiRouter, routes};

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
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(remove))
        .routes(routes!(make_code))
        .routes(routes!(waiting))
        .routes(routes!(answer))
}

/// Lists the customer's devices, the oldest first.
#[utoipa::path(get, path = DEVICES, responses((status = OK, body = OwnDevices), OwnDeviceError))]
async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<OwnDevices>, Rejection> {
    let devices = ciam.own_devices(&login).await?;
    Ok(Json(OwnDevices { devices }))
}

/// Revokes a device of the customer, and answers when the channel has a new key. Needs a recent login.
#[utoipa::path(post, path = REMOVALS, responses((status = OK, body = RemoveDevice), OwnDeviceError))]
async fn remove(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RemoveDevice { device }): Json<RemoveDevice>,
) -> Result<Json<RemoveDevice>, Rejection> {
    ciam.remove_device(&login, device).await?;
    Ok(Json(RemoveDevice { device }))
}

/// Makes a code with which the person enrols another device. Needs a recent login.
#[utoipa::path(post, path = CODES, responses((status = OK, body = IssuedCode), OwnDeviceError))]
async fn make_code(State(ciam): State<Ciam>, login: Login) -> Result<Json<IssuedCode>, Rejection> {
    let (customer, made) = ciam.make_code(&login).await?;
    Ok(Json(IssuedCode {
        customer,
        code: made.code.expose().to_owned(),
        root: made.root,
        expires: made.expires,
    }))
}

/// Lists the devices that gave a code of this device and wait for approval.
#[utoipa::path(get, path = WAITING, responses((status = OK, body = WaitingDevices), OwnDeviceError))]
async fn waiting(
    State(ciam): State<Ciam>,
    login: Login,
) -> Result<Json<WaitingDevices>, Rejection> {
    let devices = ciam.waiting_devices(&login).await?;
    Ok(Json(WaitingDevices { devices }))
}

/// Approves a waiting device with the number that it shows, or refuses it. Needs a recent login.
#[utoipa::path(post, path = ANSWERS, responses((status = OK, body = DeviceAnswered), OwnDeviceError))]
async fn answer(
    State(ciam): State<Ciam>,
    login: Login,
    Json(AnswerDevice { device, number }): Json<AnswerDevice>,
) -> Result<Json<DeviceAnswered>, Rejection> {
    let approved = ciam.answer_waiting(&login, device, number).await?;
    Ok(Json(DeviceAnswered { device, approved }))
}

http_edge::refuses!(OwnDeviceError: DeviceUnknown, ComparisonDiffers, EnrolmentStopped);

impl From<OwnDeviceError> for Rejection {
    fn from(error: OwnDeviceError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            OwnDeviceError::LoginRequired { max_age_s } => rejection.with_max_age_s(*max_age_s),
            _ => rejection,
        }
    }
}
