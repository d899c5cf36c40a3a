//! The operator's HTTP API: loading, posting, and what the bank knows of creditors. Problems have the codes of `docs/errors.md`.
//!
//! Each row and each transaction has its own id, so every request is idempotent.

mod directory;

use crate::{BankError, Booked, SandboxBank};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Json, Rejection};
use protocol::http::{
    Accounts, BankClock, Customers, Holders, Loaded, MoveClock, Outbox, PostTransaction,
    PostedTransaction,
};
use types::ErrorCode;

/// The routes. The caller mounts them on the operator's listener, behind its token.
pub fn operator_routes(bank: SandboxBank) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    Router::new()
        .route("/v1/operator/customers", post(customers))
        .route("/v1/operator/accounts", post(accounts))
        .route("/v1/operator/holders", post(holders))
        .route("/v1/operator/transactions", post(transactions))
        .route("/v1/operator/clock", get(clock).post(move_clock))
        .route("/v1/operator/outbox", get(outbox))
        .merge(directory::routes())
        .method_not_allowed_fallback(no_method)
        .with_state(bank)
}

async fn customers(
    State(bank): State<SandboxBank>,
    Json(body): Json<Customers>,
) -> Result<Json<Loaded>, Rejection> {
    Ok(Json(bank.load_customers(body.customers).await?))
}

async fn accounts(
    State(bank): State<SandboxBank>,
    Json(body): Json<Accounts>,
) -> Result<Json<Loaded>, Rejection> {
    Ok(Json(bank.load_accounts(body.accounts).await?))
}

async fn holders(
    State(bank): State<SandboxBank>,
    Json(body): Json<Holders>,
) -> Result<Json<Loaded>, Rejection> {
    Ok(Json(bank.load_holders(body.holders).await?))
}

async fn transactions(
    State(bank): State<SandboxBank>,
    Json(order): Json<PostTransaction>,
) -> Result<Json<PostedTransaction>, Rejection> {
    Ok(Json(bank.post(order).await?.into()))
}

async fn outbox(State(bank): State<SandboxBank>) -> Result<Json<Outbox>, Rejection> {
    Ok(Json(Outbox {
        unpublished: bank.unpublished().await?,
    }))
}

async fn clock(State(bank): State<SandboxBank>) -> Json<BankClock> {
    let (time, date) = bank.now();
    Json(BankClock { time, date })
}

async fn move_clock(
    State(bank): State<SandboxBank>,
    Json(body): Json<MoveClock>,
) -> Result<Json<BankClock>, Rejection> {
    match (body.advance_seconds, body.to) {
        (Some(seconds), None) => bank.advance_clock(seconds.saturating_mul(1000)).await?,
        (None, Some(date)) => bank.move_clock_to(date).await?,
        _ => return Err(BankError::Invalid("give either advance_seconds or to").into()),
    }
    Ok(clock(State(bank)).await)
}

impl From<Booked> for PostedTransaction {
    fn from(booked: Booked) -> Self {
        Self {
            transaction: booked.transaction,
            account: booked.account,
            number: booked.number,
            sequence: booked.sequence,
            balance: booked.balance.fits_json().is_ok().then_some(booked.balance),
        }
    }
}

impl From<BankError> for Rejection {
    fn from(error: BankError) -> Self {
        let code = error.code();
        if code.status() >= 500 {
            Self::of_fault(code, &error)
        } else {
            Self::new(code).with_detail(error.to_string())
        }
    }
}
