//! The routes of a customer's consents.

use super::rejection;
use crate::{Ciam, ConsentError};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Class, Json, Login, Rejection};
use protocol::http::{ConsentsAnswer, WithdrawConsent};

const CONSENTS: &str = "/v1/consents";
const WITHDRAWALS: &str = "/v1/consents/withdrawals";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 2] = [
    (CONSENTS, Class::Enrolment),
    (WITHDRAWALS, Class::Enrolment),
];

/// The routes, to be protected for logins.
pub(super) fn routes() -> Router<Ciam> {
    Router::new()
        .route(CONSENTS, get(list))
        .route(WITHDRAWALS, post(withdraw))
}

async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<ConsentsAnswer>, Rejection> {
    let consents = ciam.consents(&login).await?;
    Ok(Json(ConsentsAnswer { consents }))
}

async fn withdraw(
    State(ciam): State<Ciam>,
    login: Login,
    Json(WithdrawConsent { client }): Json<WithdrawConsent>,
) -> Result<Json<WithdrawConsent>, Rejection> {
    ciam.withdraw_consent(&login, &client).await?;
    Ok(Json(WithdrawConsent { client }))
}

impl From<ConsentError> for Rejection {
    fn from(error: ConsentError) -> Self {
        rejection(error.code(), &error)
    }
}
