//! Where an order's money goes: to an account here, or to another bank.

use crate::account::{Account, AccountState};
use crate::{BankError, directory};
use database::Transaction;
use order::{Creditor, Order, Reason, Scheme};
use types::{AccountId, CustomerId, Money};

/// A creditor, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// An account at this bank.
    Here(AccountId),
    /// An account at another bank.
    Away(Creditor),
}

/// Finds where the creditor's money goes.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    creditor: &Creditor,
) -> Result<Result<Route, Reason>, BankError> {
    let here = |account: &str| match account.parse() {
        Ok(account) => Ok(Route::Here(account)),
        Err(_) => Err(Reason::CreditorUnknown),
    };
    Ok(match creditor.scheme {
        Scheme::Account => here(&creditor.identification),
        Scheme::Domestic | Scheme::Iban | Scheme::Swift => Ok(Route::Away(creditor.clone())),
        Scheme::Proxy => match directory::proxy(tx, &creditor.identification).await? {
            None => Err(Reason::CreditorUnknown),
            Some(proxy) => match proxy.bank {
                None => here(proxy.account.as_str()),
                Some(bank) => Ok(Route::Away(Creditor {
                    scheme: Scheme::Proxy,
                    identification: proxy.account,
                    bank: Some(bank),
                    name: proxy.name,
                    references: Vec::new(),
                })),
            },
        },
        Scheme::Biller => match directory::biller(tx, &creditor.identification).await? {
            None => Err(Reason::BillerUnknown),
            Some(biller) if !biller.accepts(&creditor.references) => Err(Reason::BillerRefused),
            Some(biller) => match biller.account {
                Some(account) => Ok(Route::Here(account)),
                None => Ok(Route::Away(creditor.clone())),
            },
        },
    })
}

/// An account that an order debits or credits.
async fn account_in(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    amount: Money,
) -> Result<Result<Account, Problem>, BankError> {
    let Some(account) = Account::find(tx, id).await? else {
        return Ok(Err(Problem::Unknown));
    };
    Ok(match account.state {
        AccountState::Closed => Err(Problem::Closed),
        AccountState::Frozen => Err(Problem::Frozen),
        AccountState::Open if account.currency != amount.currency() => Err(Problem::Currency),
        AccountState::Open => Ok(account),
    })
}

enum Problem {
    Unknown,
    Closed,
    Frozen,
    Currency,
}

/// The account that the order debits: the customer holds it, and it takes part in payments in this currency.
pub(crate) async fn debit(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    order: &Order,
) -> Result<Result<(Account, Money), Reason>, BankError> {
    let (Some(id), Some(amount)) = (order.debit_account(), order.amount()) else {
        return Err(BankError::Broken(
            "an order that pays has an account and an amount",
        ));
    };
    let Ok(id) = id.parse() else {
        return Ok(Err(Reason::AccountUnknown));
    };
    // An account that somebody else holds is as unknown as one that does not exist.
    if crate::account::role(tx, &id, customer).await?.is_none() {
        return Ok(Err(Reason::AccountUnknown));
    }
    let account = account_in(tx, &id, amount).await?;
    Ok(account
        .map(|account| (account, amount))
        .map_err(|problem| match problem {
            Problem::Unknown => Reason::AccountUnknown,
            Problem::Closed => Reason::AccountClosed,
            Problem::Frozen => Reason::AccountFrozen,
            Problem::Currency => Reason::CurrencyMismatch,
        }))
}

/// The account here that the order credits.
pub(crate) async fn credit(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    amount: Money,
) -> Result<Result<Account, Reason>, BankError> {
    let account = account_in(tx, id, amount).await?;
    Ok(account.map_err(|problem| match problem {
        Problem::Unknown | Problem::Closed | Problem::Frozen => Reason::CreditorUnknown,
        Problem::Currency => Reason::CurrencyMismatch,
    }))
}
