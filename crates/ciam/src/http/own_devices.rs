//! The routes of a customer's own devices.

use super::rejection;
use crate::{Ciam, RemoveDeviceError};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Class, Json, Login, Rejection};
use protocol::http::{OwnDevices, RemoveDevice};

const DEVICES: &str = "/v1/devices";
const REMOVALS: &str = "/v1/devices/removals";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 2] =
    [(DEVICES, Class::Enrolment), (REMOVALS, Class::Enrolment)];

/// The routes, to be protected for logins.
pub(super) fn routes() -> Router<Ciam> {
    Router::new()
        .route(DEVICES, get(list))
        .route(REMOVALS, post(remove))
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

impl From<RemoveDeviceError> for Rejection {
    fn from(error: RemoveDeviceError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            RemoveDeviceError::LoginRequired { max_age_s } => rejection.with_max_age_s(*max_age_s),
            _ => rejection,
        }
    }
}
