//! The operator's route of the customers' contacts.

use super::BankMessages;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http_edge::{Json, Rejection};
use messaging::Contact;
use serde::{Deserialize, Serialize};
use std::error::Error;
use types::{CustomerId, ErrorCode};

/// The body of `POST /v1/operator/contacts`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetContact {
    pub(crate) customer: CustomerId,
    /// In place of the one before.
    pub(crate) contact: Contact,
}

/// `POST /v1/operator/contacts`, if the bank sends messages. The caller protects it with the operator's token.
pub(in crate::wiring) fn routes(messages: Option<BankMessages>) -> Router {
    match messages {
        Some(messages) => Router::new()
            .route("/v1/operator/contacts", post(set))
            .with_state(messages),
        None => Router::new(),
    }
}

async fn set(
    State(messages): State<BankMessages>,
    Json(asked): Json<SetContact>,
) -> Result<Json<Contact>, Rejection> {
    let contact = asked.contact;
    let put = messages.store.put_contact(&asked.customer, Some(&contact));
    put.await.map_err(|error| {
        let cause: &dyn Error = &error;
        tracing::error!(cause, "a contact was not stored");
        Rejection::new(ErrorCode::Unavailable)
    })?;
    Ok(Json(contact))
}
