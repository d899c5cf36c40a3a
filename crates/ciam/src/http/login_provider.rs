//! The routes of logins at the outside provider.

use super::rejection;
use crate::{Ciam, ProviderError};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http_edge::{Class, Json, Rejection, Returning, Stranger};
use protocol::http::{
    AskProvider, CodeForDevice, ProviderAnswer, ProviderLogin, RedeemForCode, SessionBegun,
};

const LOGIN: &str = "/v1/login/provider";
const LOGIN_CHALLENGE: &str = "/v1/login/provider/challenge";
const ENROLMENT: &str = "/v1/enrolment/provider";
const ENROLMENT_CHALLENGE: &str = "/v1/enrolment/provider/challenge";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 4] = [
    (LOGIN, Class::Enrolment),
    (LOGIN_CHALLENGE, Class::Enrolment),
    (ENROLMENT, Class::Enrolment),
    (ENROLMENT_CHALLENGE, Class::Enrolment),
];

/// Key operations of a code for a new device: signing an assertion, verifying the ID token with keys of two lists.
const CODE_KEY_OPERATIONS: u32 = 3;

/// The routes of a login, to be protected for devices that come back.
pub(super) fn login_routes() -> Router<Ciam> {
    Router::new()
        .route(LOGIN_CHALLENGE, post(begin_login))
        .route(LOGIN, post(log_in))
}

/// The routes of a new device.
pub(super) fn enrolment_routes() -> Router<Ciam> {
    Router::new()
        .route(ENROLMENT_CHALLENGE, post(begin_enrolment))
        .route(ENROLMENT, post(redeem))
}

async fn begin_login(
    State(ciam): State<Ciam>,
    device: Returning,
) -> Result<Json<ProviderLogin>, Rejection> {
    Ok(Json(ciam.provider_login(device.device).await?))
}

async fn log_in(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(answer): Json<ProviderAnswer>,
) -> Result<Json<SessionBegun>, Rejection> {
    Ok(Json(ciam.log_in_at_provider(&device, &answer).await?))
}

async fn begin_enrolment(
    State(ciam): State<Ciam>,
    _: Stranger,
    Json(AskProvider { session }): Json<AskProvider>,
) -> Result<Json<ProviderLogin>, Rejection> {
    Ok(Json(ciam.provider_enrolment(&session).await?))
}

async fn redeem(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    Json(RedeemForCode { session, answer }): Json<RedeemForCode>,
) -> Result<Json<CodeForDevice>, Rejection> {
    stranger.spend_key_operations(CODE_KEY_OPERATIONS)?;
    let (customer, issued) = ciam.code_from_provider(&session, &answer).await?;
    Ok(Json(CodeForDevice {
        customer,
        code: issued.code.expose().to_owned(),
        expires: issued.expires,
    }))
}

impl From<ProviderError> for Rejection {
    fn from(error: ProviderError) -> Self {
        rejection(error.code(), &error)
    }
}
