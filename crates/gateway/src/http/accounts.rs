//! The routes by which other apps of the bank read a customer's accounts.

use crate::gateway::Gateway;
use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use http_edge::{Class, ClientGuard, Json, Permission, Rejection};
use protocol::http::{AccountsAnswer, BalancesAnswer, TRANSACTIONS_MAX, TransactionsAnswer};
use serde::Deserialize;
use token::Scope;
use types::{AccountId, ErrorCode};

const ACCOUNTS: &str = "/v1/accounts";
const BALANCES: &str = "/v1/accounts/{account}/balances";
const TRANSACTIONS: &str = "/v1/accounts/{account}/transactions";

/// The classes of the routes of accounts.
pub(super) const CLASSES: [(&str, Class); 3] = [
    (ACCOUNTS, Class::Statements),
    (BALANCES, Class::Statements),
    (TRANSACTIONS, Class::Statements),
];

pub(super) fn routes(gateway: Gateway, guard: &ClientGuard) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let routes = Router::new()
        .route(ACCOUNTS, get(accounts))
        .route(BALANCES, get(balances))
        .route(TRANSACTIONS, get(transactions))
        .method_not_allowed_fallback(no_method)
        .with_state(gateway);
    guard.protect(Scope::Accounts, routes)
}

async fn accounts(
    State(gateway): State<Gateway>,
    permission: Permission,
) -> Result<Json<AccountsAnswer>, Rejection> {
    Ok(Json(gateway.accounts(&permission.customer).await?))
}

async fn balances(
    State(gateway): State<Gateway>,
    permission: Permission,
    account: Result<Path<AccountId>, PathRejection>,
) -> Result<Json<BalancesAnswer>, Rejection> {
    let Path(account) = account.map_err(|_| ErrorCode::AccountUnknown)?;
    let balances = gateway.balances(&permission.customer, &account).await?;
    Ok(Json(balances.ok_or(ErrorCode::AccountUnknown)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransactionsAsked {
    #[serde(default)]
    after: u64,
    #[serde(default = "limit")]
    limit: usize,
}

/// Transactions in an answer if the request names no limit.
const fn limit() -> usize {
    100
}

async fn transactions(
    State(gateway): State<Gateway>,
    permission: Permission,
    account: Result<Path<AccountId>, PathRejection>,
    asked: Result<Query<TransactionsAsked>, QueryRejection>,
) -> Result<Json<TransactionsAnswer>, Rejection> {
    let Path(account) = account.map_err(|_| ErrorCode::AccountUnknown)?;
    let in_range = |asked: &TransactionsAsked| (1..=TRANSACTIONS_MAX).contains(&asked.limit);
    let asked = asked.ok().map(|Query(asked)| asked).filter(in_range);
    let TransactionsAsked { after, limit } = asked.ok_or_else(|| {
        Rejection::new(ErrorCode::Malformed).with_detail(format!(
            "the query may be `after`, a transaction's number or 0, and `limit`, 1 to {TRANSACTIONS_MAX}"
        ))
    })?;
    let customer = &permission.customer;
    let page = gateway.transactions(customer, &account, (after, limit));
    Ok(Json(page.await?.ok_or(ErrorCode::AccountUnknown)?))
}
