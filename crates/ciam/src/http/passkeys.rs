//! The routes of passkeys.

use super::rejection;
use crate::{Ciam, PasskeyError, RegisterPasskeyError};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Bearer, Class, Json, Login, Rejection};
use protocol::http::{
    PasskeyOptions, PasskeyRow, PasskeysAnswer, RegisterPasskey, RemovePasskey, RenamePasskey,
};

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
pub(super) fn routes() -> Router<Ciam> {
    Router::new()
        .route(CHALLENGE, post(challenge))
        .route(PASSKEYS, get(list).post(register))
        .route(NAMES, post(rename))
        .route(REMOVALS, post(remove))
}

async fn challenge(
    State(ciam): State<Ciam>,
    bearer: Bearer,
) -> Result<Json<PasskeyOptions>, Rejection> {
    let options = ciam.passkey_options(bearer.device).await;
    Ok(Json(options.map_err(|error| not_registered(&ciam, error))?))
}

async fn register(
    State(ciam): State<Ciam>,
    bearer: Bearer,
    Json(request): Json<RegisterPasskey>,
) -> Result<Json<PasskeyRow>, Rejection> {
    let registered = ciam.register_passkey(&bearer, &request).await;
    Ok(Json(
        registered.map_err(|error| not_registered(&ciam, error))?,
    ))
}

async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<PasskeysAnswer>, Rejection> {
    let passkeys = ciam.passkeys(&login).await;
    let passkeys = passkeys.map_err(|error| not_changed(&ciam, error))?;
    Ok(Json(PasskeysAnswer { passkeys }))
}

async fn rename(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RenamePasskey { passkey, name }): Json<RenamePasskey>,
) -> Result<Json<PasskeyRow>, Rejection> {
    let renamed = ciam.rename_passkey(&login, passkey, &name).await;
    Ok(Json(renamed.map_err(|error| not_changed(&ciam, error))?))
}

async fn remove(
    State(ciam): State<Ciam>,
    login: Login,
    Json(RemovePasskey { passkey }): Json<RemovePasskey>,
) -> Result<Json<RemovePasskey>, Rejection> {
    let removed = ciam.remove_passkey(&login, passkey).await;
    removed.map_err(|error| not_changed(&ciam, error))?;
    Ok(Json(RemovePasskey { passkey }))
}

/// A login that is required has to be recent.
fn recent(ciam: &Ciam, rejection: Rejection) -> Rejection {
    rejection.with_max_age_s(ciam.inner.settings.login.recent_ms / 1000)
}

fn not_registered(ciam: &Ciam, error: RegisterPasskeyError) -> Rejection {
    match &error {
        RegisterPasskeyError::LoginRequired => recent(ciam, rejection(error.code(), &error)),
        RegisterPasskeyError::NotVerified(cause) => {
            Rejection::new(error.code()).with_detail(format!("{error}: {}", cause.reason()))
        }
        error => rejection(error.code(), error),
    }
}

fn not_changed(ciam: &Ciam, error: PasskeyError) -> Rejection {
    match &error {
        PasskeyError::LoginRequired => recent(ciam, rejection(error.code(), &error)),
        error => rejection(error.code(), error),
    }
}
