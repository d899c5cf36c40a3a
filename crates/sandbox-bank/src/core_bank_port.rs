//! The sandbox as the core bank that the rest of the house sees.

use crate::account::{Account, account_columns, holders};
use crate::{BankError, SandboxBank, outbox};
use async_trait::async_trait;
use core_bank::{
    AccountState, CoreBank, CoreBankError, CustomerSnapshot, EVENTS_MAX, HEADS_MAX, HISTORY_MAX,
    Heads, HeadsCursor, History,
};
use database::{Row, Transaction, params};
use protocol::Event;
use types::{AccountId, CustomerId, Incarnation, Role, Sequence, SubjectId};

impl From<BankError> for CoreBankError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::CustomerUnknown(customer) => Self::CustomerUnknown(customer),
            BankError::AccountUnknown(account) => Self::AccountUnknown(account),
            BankError::Database(error) => Self::Unavailable(Box::new(error)),
            error => Self::Broken(Box::new(error)),
        }
    }
}

fn limited(limit: usize, max: usize) -> i64 {
    i64::try_from(limit.min(max)).unwrap_or(i64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn event_of(row: &Row) -> Result<Event, BankError> {
    outbox::read(&row.get::<Vec<u8>>(0)?)
}

async fn incarnation(tx: &mut Transaction<'_>) -> Result<Incarnation, BankError> {
    let row = tx
        .query_one("SELECT incarnation FROM books", params![])
        .await?;
    Ok(row.get(0)?)
}

#[async_trait]
impl CoreBank for SandboxBank {
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        let select = "SELECT bytes FROM event WHERE subject = $1 AND sequence > $2
            ORDER BY sequence LIMIT $3";
        let Some(account) = subject.account() else {
            return Ok(Vec::new());
        };
        let limit = limited(limit, EVENTS_MAX);
        let events = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let rows = tx.query(select, params![account, after, limit]).await?;
                rows.iter().map(event_of).collect::<Result<_, BankError>>()
            })
            .await?;
        Ok(events)
    }

    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        let select = "SELECT id, sequence, place FROM account WHERE place > $1
            ORDER BY place LIMIT $2";
        let limit = limited(limit, HEADS_MAX);
        let heads = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let rows = tx
                    .query(select, params![signed(after.get()), limit])
                    .await?;
                let next = match rows.last() {
                    Some(row) => HeadsCursor::new(row.get("place")?),
                    None => after,
                };
                let subjects = rows
                    .iter()
                    .map(|row| Ok((SubjectId::from(&row.get::<AccountId>(0)?), row.get(1)?)))
                    .collect::<Result<_, BankError>>()?;
                Ok::<_, BankError>(Heads { subjects, next })
            })
            .await?;
        Ok(heads)
    }

    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        const HELD: &str = concat!(
            "SELECT ",
            account_columns!(),
            ", h.role FROM holder h JOIN account a ON a.id = h.account
            WHERE h.customer = $1 ORDER BY a.id"
        );
        let customer = customer.clone();
        let snapshot = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let known = "SELECT id FROM customer WHERE id = $1";
                if tx
                    .query_optional(known, params![&customer])
                    .await?
                    .is_none()
                {
                    return Err(BankError::CustomerUnknown(customer));
                }
                let rows = tx.query(HELD, params![&customer]).await?;
                let accounts = rows
                    .iter()
                    .map(|row| {
                        let account = Account::of(row)?;
                        Ok(AccountState {
                            balances: account.book().balances()?,
                            role: row.get("role")?,
                            account: account.id,
                            kind: account.kind,
                            name: account.name,
                            currency: account.currency,
                            sequence: account.sequence,
                            booked_entries: account.transactions.unsigned_abs(),
                        })
                    })
                    .collect::<Result<_, BankError>>()?;
                Ok(CustomerSnapshot {
                    customer,
                    incarnation: incarnation(tx).await?,
                    // Nothing that the sandbox does makes an event about a customer.
                    sequence: Sequence::ZERO,
                    accounts,
                })
            })
            .await?;
        Ok(snapshot)
    }

    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError> {
        let select = "SELECT bytes FROM event
            WHERE subject = $1 AND number > $2 AND number <= $3 ORDER BY number LIMIT $4";
        let (account, limit) = (account.clone(), limited(limit, HISTORY_MAX));
        let history = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Account::get(tx, &account).await?;
                let range = params![&account, signed(after), signed(through), limit];
                let rows = tx.query(select, range).await?;
                let entries = rows
                    .iter()
                    .map(|row| Ok(event_of(row)?.entry))
                    .collect::<Result<_, BankError>>()?;
                Ok::<_, BankError>(History {
                    incarnation: incarnation(tx).await?,
                    entries,
                })
            })
            .await?;
        Ok(history)
    }

    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError> {
        let account = account.clone();
        let held = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Account::get(tx, &account).await?;
                Ok::<_, BankError>(holders(tx, &account).await?)
            })
            .await?;
        Ok(held)
    }
}
