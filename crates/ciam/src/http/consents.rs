//! The routes of a customer's consents.

use super::rejection;
use crate::{Ciam, ConsentError};
use axum::extract::State;
use http_edge::{Class, Json, Login, Rejection};
use protocol::http::{ConsentsAnswer, WithdrawConsent};
use utoipa_axum::{router::OpenApiRouter, routes};

const CONSENTS: &str = "/v1/consents";
const WITHDRAWALS: &str = "/v1/consents/withdrawals";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 2] = [
    (CONSENTS, Class::Enrolment),
    (WITHDRAWALS, Class::Enrolment),
];

/// The routes, to be protected for logins.
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(withdraw))
}

/// Lists what the customer lets other apps of the bank know, the oldest consent first.
#[utoipa::path(get, path = CONSENTS, responses((status = OK, body = ConsentsAnswer), ConsentError))]
async fn list(State(ciam): State<Ciam>, login: Login) -> Result<Json<ConsentsAnswer>, Rejection> {
    let consents = ciam.consents(&login).await?;
    Ok(Json(ConsentsAnswer { consents }))
}

/// Withdraws a consent: the app's codes and tokens are worth nothing from then on.
#[utoipa::path(post, path = WITHDRAWALS, responses((status = OK, body = WithdrawConsent), ConsentError))]
async fn withdraw(
    State(ciam): State<Ciam>,
    login: Login,
    Json(WithdrawConsent { client }): Json<WithdrawConsent>,
) -> Result<Json<WithdrawConsent>, Rejection> {
    ciam.withdraw_consent(&login, &client).await?;
    Ok(Json(WithdrawConsent { client }))
}

http_edge::refuses!(ConsentError: ConsentUnknown);

impl From<ConsentError> for Rejection {
    fn from(error: ConsentError) -> Self {
        rejection(error.code(), &error)
    }
}
