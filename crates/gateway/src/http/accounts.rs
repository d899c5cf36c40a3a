//! The routes by which other apps of the bank read a customer's accounts.

use crate::gateway::Gateway;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRef, Path, Query, State};
use http_edge::{Class, Json, Permission, Rejection};
use protocol::http::{AccountsAnswer, BalancesAnswer, TRANSACTIONS_MAX, TransactionsAnswer};
use serde::Deserialize;
use types::{AccountId, ErrorCode};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

const ACCOUNTS: &str = "/v1/accounts";
const BALANCES: &str = "/v1/accounts/{account}/balances";
const TRANSACTIONS: &str = "/v1/accounts/{account}/transactions";

/// The classes of the routes of accounts.
pub(super) const CLASSES: [(&str, Class); 3] = [
    (ACCOUNTS, Class::Statements),
    (BALANCES, Class::Statements),
    (TRANSACTIONS, Class::Statements),
];

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Gateway: FromRef<S>,
{
    OpenApiRouter::default()
        .routes(routes!(accounts))
        .routes(routes!(balances))
        .routes(routes!(transactions))
}

/// Why an account is not shown.
struct AccountRefused;

http_edge::refuses!(AccountRefused: AccountUnknown);

/// Lists the accounts that the person holds.
#[utoipa::path(get, path = ACCOUNTS, responses((status = OK, body = AccountsAnswer)))]
async fn accounts(
    State(gateway): State<Gateway>,
    permission: Permission,
) -> Result<Json<AccountsAnswer>, Rejection> {
    Ok(Json(gateway.accounts(&permission.customer).await?))
}

/// States the balances of an account.
#[utoipa::path(get, path = BALANCES, params(("account" = AccountId, Path)), responses((status = OK, body = BalancesAnswer), AccountRefused))]
async fn balances(
    State(gateway): State<Gateway>,
    permission: Permission,
    account: Result<Path<AccountId>, PathRejection>,
) -> Result<Json<BalancesAnswer>, Rejection> {
    let Path(account) = account.map_err(|_| ErrorCode::AccountUnknown)?;
    let balances = gateway.balances(&permission.customer, &account).await?;
    Ok(Json(balances.ok_or(ErrorCode::AccountUnknown)?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TransactionsAsked {
    /// The number of a transaction: those after it are listed.
    #[serde(default)]
    after: u64,
    /// Maximum transactions in the answer.
    #[serde(default = "limit")]
    #[param(minimum = 1, maximum = 500)]
    limit: usize,
}

/// Transactions in an answer if the request names no limit.
const fn limit() -> usize {
    100
}

/// Lists the booked transactions of an account, the oldest first.
#[utoipa::path(get, path = TRANSACTIONS, params(("account" = AccountId, Path), TransactionsAsked), responses((status = OK, body = TransactionsAnswer), AccountRefused))]
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
