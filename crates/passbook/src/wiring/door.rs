//! The operator's routes of the security stack: what was stopped, and what a person decides about it.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Json, Rejection};
use protocol::http::{
    AddServerKey, DisallowedAddress, DisallowedAddresses, ExceptionList, ReleaseAddress,
    ReleasedAddress, ValidServerKeys,
};
use security_stack::{Disallowed, Failure, ReviewError, SecurityStack};
use types::ErrorCode;

/// Maximum exception records in one answer.
const LISTED_MAX: u32 = 200;

/// The routes. The caller protects them with the operator's token.
pub(super) fn routes(stack: SecurityStack) -> Router {
    Router::new()
        .route("/v1/operator/stack/keys", get(keys).post(add_key))
        .route("/v1/operator/stack/keys/retire", post(retire_key))
        .route("/v1/operator/stack/exceptions", get(exceptions))
        .route(
            "/v1/operator/stack/disallowed",
            get(disallowed).post(release),
        )
        .with_state(stack)
}

fn failed(failure: Failure) -> Rejection {
    Rejection::of_fault(ErrorCode::Unavailable, &failure)
}

fn refused(error: ReviewError) -> Rejection {
    match error {
        ReviewError::Failed(failure) => failed(failure),
        error => Rejection::new(ErrorCode::DoorDecisionRefused).with_detail(error.to_string()),
    }
}

async fn keys(State(stack): State<SecurityStack>) -> Json<ValidServerKeys> {
    Json(valid(&stack))
}

fn valid(stack: &SecurityStack) -> ValidServerKeys {
    ValidServerKeys {
        keys: stack.key_hashes(),
    }
}

async fn add_key(
    State(stack): State<SecurityStack>,
    Json(asked): Json<AddServerKey>,
) -> Result<Json<ValidServerKeys>, Rejection> {
    stack.add_key(&asked.key).await.map_err(refused)?;
    Ok(Json(valid(&stack)))
}

async fn retire_key(
    State(stack): State<SecurityStack>,
) -> Result<Json<ValidServerKeys>, Rejection> {
    stack.retire_key().await.map_err(refused)?;
    Ok(Json(valid(&stack)))
}

async fn exceptions(State(stack): State<SecurityStack>) -> Result<Json<ExceptionList>, Rejection> {
    let records = stack.exceptions(LISTED_MAX).await.map_err(failed)?;
    let records = records.iter().map(serde_json::to_value);
    let records = records.collect::<Result<_, _>>();
    let exceptions = records.map_err(|_| Rejection::new(ErrorCode::Internal))?;
    Ok(Json(ExceptionList { exceptions }))
}

async fn disallowed(
    State(stack): State<SecurityStack>,
) -> Result<Json<DisallowedAddresses>, Rejection> {
    let addresses = stack.disallowed_addresses().await.map_err(failed)?;
    let address = |one: Disallowed| DisallowedAddress {
        address: one.address,
        since: one.since,
        exception: one.exception,
    };
    Ok(Json(DisallowedAddresses {
        addresses: addresses.into_iter().map(address).collect(),
    }))
}

async fn release(
    State(stack): State<SecurityStack>,
    Json(asked): Json<ReleaseAddress>,
) -> Result<Json<ReleasedAddress>, Rejection> {
    let review = (asked.by.as_str(), asked.reason.as_str());
    stack
        .release(asked.address, review)
        .await
        .map_err(refused)?;
    Ok(Json(ReleasedAddress {
        address: asked.address,
    }))
}
