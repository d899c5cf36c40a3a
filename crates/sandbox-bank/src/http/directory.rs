//! The operator's routes for what the bank knows of accounts, creditors and fees. Each request may be repeated.

use crate::{AccountState, BankError, Biller, Proxy, SandboxBank, Unwilling};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http_edge::{Json, Rejection};
use order::Scheme;
use protocol::http::{
    AccountStateRow, AnnounceFee, BillerRow, CounterpartyRow, Directory, Handling, OrderFee,
    Participation, ProxyRow,
};

pub(super) fn routes() -> Router<SandboxBank> {
    Router::new()
        .route("/v1/operator/account-states", post(account_state))
        .route("/v1/operator/proxies", post(proxy))
        .route("/v1/operator/billers", post(biller))
        .route("/v1/operator/counterparties", post(counterparty))
        .route("/v1/operator/fees", post(fee))
        .route("/v1/operator/directory", get(directory))
}

async fn account_state(
    State(bank): State<SandboxBank>,
    Json(row): Json<AccountStateRow>,
) -> Result<Json<AccountStateRow>, Rejection> {
    let state = match row.state {
        Participation::Open => AccountState::Open,
        Participation::Frozen => AccountState::Frozen,
        Participation::Closed => AccountState::Closed,
    };
    bank.set_account_state(row.account.clone(), state).await?;
    Ok(Json(row))
}

async fn proxy(
    State(bank): State<SandboxBank>,
    Json(row): Json<ProxyRow>,
) -> Result<Json<ProxyRow>, Rejection> {
    let proxy = Proxy {
        id: row.proxy.clone(),
        account: row.account.clone(),
        bank: row.bank.clone(),
        name: row.name.clone(),
    };
    bank.register_proxy(proxy).await?;
    Ok(Json(row))
}

async fn biller(
    State(bank): State<SandboxBank>,
    Json(row): Json<BillerRow>,
) -> Result<Json<BillerRow>, Rejection> {
    let biller = Biller {
        id: row.biller.clone(),
        name: row.name.clone(),
        account: row.account.clone(),
        references: row.references,
        checked: row.checked,
    };
    bank.register_biller(biller).await?;
    Ok(Json(row))
}

fn scheme(word: &str) -> Result<Scheme, BankError> {
    let unknown = "a scheme is account, domestic, iban, swift, proxy or biller";
    word.parse().map_err(|_| BankError::Invalid(unknown))
}

async fn counterparty(
    State(bank): State<SandboxBank>,
    Json(row): Json<CounterpartyRow>,
) -> Result<Json<CounterpartyRow>, Rejection> {
    let unwilling = match (row.handling, row.days) {
        (Handling::Accepts, None) => None,
        (Handling::Refuses, None) => Some(Unwilling::Refuses),
        (Handling::Returns, Some(days @ 1..=30)) => Some(Unwilling::Returns(days)),
        _ => {
            let days = "days are 1 to 30, and given exactly with returns";
            return Err(BankError::Invalid(days).into());
        }
    };
    let creditor = (scheme(&row.scheme)?, row.identification.clone());
    bank.set_counterparty(creditor, unwilling).await?;
    Ok(Json(row))
}

async fn fee(
    State(bank): State<SandboxBank>,
    Json(row): Json<AnnounceFee>,
) -> Result<Json<OrderFee>, Rejection> {
    let scheme = scheme(&row.scheme)?;
    let fee = bank.announce(scheme, row.amount, row.from).await?;
    Ok(Json(fee.into()))
}

async fn directory(State(bank): State<SandboxBank>) -> Result<Json<Directory>, Rejection> {
    let listed = bank.directory().await?;
    let accounts = listed.accounts.into_iter().map(|(account, state)| {
        let state = match state {
            AccountState::Open => Participation::Open,
            AccountState::Frozen => Participation::Frozen,
            AccountState::Closed => Participation::Closed,
        };
        AccountStateRow { account, state }
    });
    let proxies = listed.proxies.into_iter().map(|proxy| ProxyRow {
        proxy: proxy.id,
        account: proxy.account,
        bank: proxy.bank,
        name: proxy.name,
    });
    let billers = listed.billers.into_iter().map(|biller| BillerRow {
        biller: biller.id,
        name: biller.name,
        account: biller.account,
        references: biller.references,
        checked: biller.checked,
    });
    let counterparties = listed.unwilling.into_iter().map(|(creditor, unwilling)| {
        let (handling, days) = match unwilling {
            Unwilling::Refuses => (Handling::Refuses, None),
            Unwilling::Returns(days) => (Handling::Returns, Some(days)),
        };
        CounterpartyRow {
            scheme: creditor.0.as_str().to_owned(),
            identification: creditor.1,
            handling,
            days,
        }
    });
    Ok(Json(Directory {
        accounts: accounts.collect(),
        proxies: proxies.collect(),
        billers: billers.collect(),
        counterparties: counterparties.collect(),
        fees: listed.fees.into_iter().map(OrderFee::from).collect(),
        holidays: bank.holidays().into_iter().collect(),
    }))
}
