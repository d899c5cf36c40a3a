//! The routes of logins at the outside provider.

use super::rejection;
use crate::{Ciam, ProviderError, ProviderLogoutError};
use axum::extract::State;
use http::StatusCode;
use http_edge::{Class, FormBytes, Json, Rejection, Returning, Stranger};
use protocol::http::{
    AskProvider, CodeForDevice, ProviderAnswer, ProviderLogin, RedeemForCode, SessionBegun,
};
use utoipa_axum::{router::OpenApiRouter, routes};

const LOGIN: &str = "/v1/login/provider";
const LOGIN_CHALLENGE: &str = "/v1/login/provider/challenge";
const ENROLMENT: &str = "/v1/enrolment/provider";
const ENROLMENT_CHALLENGE: &str = "/v1/enrolment/provider/challenge";
const LOGOUT: &str = "/v1/login/provider/logout";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 5] = [
    (LOGIN, Class::Enrolment),
    (LOGIN_CHALLENGE, Class::Enrolment),
    (ENROLMENT, Class::Enrolment),
    (ENROLMENT_CHALLENGE, Class::Enrolment),
    (LOGOUT, Class::Enrolment),
];

/// Key operations of a code for a new device: signing an assertion, verifying the ID token with keys of two lists.
const CODE_KEY_OPERATIONS: u32 = 3;

/// Key operations of a logout token.
const LOGOUT_KEY_OPERATIONS: u32 = 1;

/// The routes of a login, to be protected for devices that come back.
pub(super) fn login_routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(begin_login))
        .routes(routes!(log_in))
}

/// The routes of a new device, and of the provider itself.
pub(super) fn routes_of_strangers() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(log_out))
        .routes(routes!(begin_enrolment))
        .routes(routes!(redeem))
}

/// Gives the challenge of a login at the bank's login provider.
#[utoipa::path(post, path = LOGIN_CHALLENGE, responses((status = OK, body = ProviderLogin), ProviderError))]
async fn begin_login(
    State(ciam): State<Ciam>,
    device: Returning,
) -> Result<Json<ProviderLogin>, Rejection> {
    Ok(Json(ciam.provider_login(device.device).await?))
}

/// Logs the person in on this device, as the login provider says.
#[utoipa::path(post, path = LOGIN, responses((status = OK, body = SessionBegun), ProviderError))]
async fn log_in(
    State(ciam): State<Ciam>,
    device: Returning,
    Json(answer): Json<ProviderAnswer>,
) -> Result<Json<SessionBegun>, Rejection> {
    Ok(Json(ciam.log_in_at_provider(&device, &answer).await?))
}

/// Gives a new device the challenge of a login at the bank's login provider.
#[utoipa::path(post, path = ENROLMENT_CHALLENGE, responses((status = OK, body = ProviderLogin), ProviderError))]
async fn begin_enrolment(
    State(ciam): State<Ciam>,
    _: Stranger,
    Json(AskProvider { session }): Json<AskProvider>,
) -> Result<Json<ProviderLogin>, Rejection> {
    Ok(Json(ciam.provider_enrolment(&session).await?))
}

/// Gives a new device an activation code for the person who logged in at the login provider.
#[utoipa::path(post, path = ENROLMENT, responses((status = OK, body = CodeForDevice), ProviderError))]
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

/// Ends the sessions of a login that has ended at the login provider (OpenID Connect Back-Channel Logout, 2.5).
#[utoipa::path(post, path = LOGOUT, request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"), responses((status = OK), ProviderLogoutError))]
async fn log_out(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    FormBytes(body): FormBytes,
) -> Result<StatusCode, Rejection> {
    let mut tokens = form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
    let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
        return Err(ProviderLogoutError::Refused("one_logout_token").into());
    };
    stranger.spend_key_operations(LOGOUT_KEY_OPERATIONS)?;
    ciam.log_out_at_provider(&token).await?;
    Ok(StatusCode::OK)
}

/// What the provider sends.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct LogoutForm {
    /// A JWT by the provider's key.
    logout_token: String,
}

http_edge::refuses!(
    ProviderLogoutError: NotFound,
    LogoutTokenInvalid,
    ProviderUnavailable,
);

impl From<ProviderLogoutError> for Rejection {
    fn from(error: ProviderLogoutError) -> Self {
        rejection(error.code(), &error)
    }
}

http_edge::refuses!(
    ProviderError: NotFound,
    ChallengeUnknown,
    TokenInvalid,
    ProviderLoginRefused,
    EnrolmentStopped,
    ProviderUnavailable,
    DeviceRevoked,
    EnrolmentExpired,
);

impl From<ProviderError> for Rejection {
    fn from(error: ProviderError) -> Self {
        rejection(error.code(), &error)
    }
}
