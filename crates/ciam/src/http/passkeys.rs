//! The routes of passkeys.

use super::rejection;
use crate::{Ciam, PasskeyError, RegisterPasskeyError};
use axum::extract::State;
use http_edge::{Bearer, Class, Json, Login, Rejection};
use protocol::http::{
    PasskeyOptions, PasskeyRow, PasskeysAnswer, RegisterPasskey, RemovePasskey, RenamePasskey,
};
use utoipa_axum::{router::OpenApiRouter, routes};

const PASSKEYS: &str = "/v1/passkeys";
const CHALLENGE: &str = "/v1/passkeys/challenge";
const NAMES: &str = "/v1/passkeys/names";
const REMOVALS: &str = "/v1/passkeys/removals";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 4] = [
    (PASSKEYS, Class::Enrolment),
    (CHALLENGE, Class::Enrolment),
    (NAMES, Class::Enrolment),
    (REMOVALS, Class::Enrolment),
];

/// The routes, to be protected for logins.
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(challenge))
        .routes(routes!(list, register))
        .routes(routes!(rename))
        .routes(routes!(remove))
}

/// Gives the challenge of a registration.
#[utoipa::path(post, path = CHALLENGE, security(("channel_token" = [], "proof" = []), ("access_token" = [], "proof" = [])), responses((status = OK, body = PasskeyOptions), RegisterPasskeyError))]
async fn challenge(
    State(ciam): State<Ciam>,
    bearer: Bearer,
) -> Result<Json<PasskeyOptions>, Rejection> {
    Ok(Json(ciam.passkey_options(bearer.device).await?))
}

/// Registers a passkey. The first one needs a channel token only, every other one a recent login.
#[utoipa::path(post, path = PASSKEYS, security(("channel_token" = [], "proof" = []), ("access_token" = [], "proof" = [])), responses((status = OK, body = PasskeyRow), RegisterPasskeyError))]
async fn register(
    State(ciam): State<Ciam>,
    bearer: Bearer,
    Json(request): Json<RegisterPasskey>,
) -> Result<Json<PasskeyRow>, Rejection> {
    Ok(Json(ciam.register_passkey(&bearer, &request).await?))
}

/// Lists the customer's passkeys, the oldest first.
#[utoipa::path(get, path = PASSKEYS, responses((status = OK, body = PasskeysAnswer), PasskeyError))]
async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasskeysAnswer>, Rejection> {
    let passkeys = ciam.passkeys(&login).await?;
    Ok(Json(PasskeysAnswer { passkeys }))
}

/// Gives a passkey another name.
#[utoipa::path(post, path = NAMES, responses((status = OK, body = PasskeyRow), PasskeyError))]
async fn rename(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RenamePasskey { passkey, name }): Json<RenamePasskey>,
) -> Result<Json<PasskeyRow>, Rejection> {
    Ok(Json(ciam.rename_passkey(&login, passkey, &name).await?))
}

/// Removes a passkey and ends the sessions that it began. Needs a recent login.
#[utoipa::path(post, path = REMOVALS, responses((status = OK, body = RemovePasskey), PasskeyError))]
async fn remove(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RemovePasskey { passkey }): Json<RemovePasskey>,
) -> Result<Json<RemovePasskey>, Rejection> {
    ciam.remove_passkey(&login, passkey).await?;
    Ok(Json(RemovePasskey { passkey }))
}

http_edge::refuses!(
    RegisterPasskeyError: ChallengeUnknown,
    PasskeyInvalid,
    PasskeyConflict,
    TooManyPasskeys,
);

http_edge::refuses!(PasskeyError: PasskeyUnknown);

impl From<RegisterPasskeyError> for Rejection {
    fn from(error: RegisterPasskeyError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            RegisterPasskeyError::LoginRequired { max_age_s } => {
                rejection.with_max_age_s(*max_age_s)
            }
            RegisterPasskeyError::NotVerified(cause) => {
                rejection.with_detail(format!("{error}: {}", cause.reason()))
            }
            _ => rejection,
        }
    }
}

impl From<PasskeyError> for Rejection {
    fn from(error: PasskeyError) -> Self {
        let rejection = rejection(error.code(), &error);
        match &error {
            PasskeyError::LoginRequired { max_age_s } => rejection.with_max_age_s(*max_age_s),
            _ => rejection,
        }
    }
}
