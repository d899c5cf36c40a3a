//! The core bank port, implemented by the sandbox bank.

use crate::account::{Account, account_columns, holders};
use crate::{BankError, SandboxBank, incarnation, outbox};
use async_trait::async_trait;
use core_bank::{
    AccountSnapshot, CoreBank, CoreBankError, CustomerSnapshot, EVENTS_MAX, HEADS_MAX, HISTORY_MAX,
    Heads, HeadsCursor, History, SUBJECTS_MAX, SubjectHead, entry_hash,
};
use database::{Row, Transaction, params};
use protocol::Event;
use types::{AccountId, CustomerId, Hash, Incarnation, Role, Sequence, SubjectId};

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

/// A number as a column stores it. A number that is too large becomes the maximum, beyond which no row exists.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The account's newest event, from the column `bytes`, which is null if there is no event.
fn newest(row: &Row, incarnation: Incarnation) -> Result<Option<Event>, BankError> {
    let bytes: Option<Vec<u8>> = row.get("bytes")?;
    bytes
        .map(|bytes| outbox::read(&bytes, incarnation))
        .transpose()
}

/// The hash of an event, if there is one.
fn hash(event: Option<&Event>) -> Hash {
    event.map_or(Hash::ZERO, |event| entry_hash(&event.entry))
}

#[async_trait]
impl CoreBank for SandboxBank {
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        let asked = [(subject.clone(), after)];
        let mut answers = self.events_of_each(&asked, limit).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    async fn events_of_each(
        &self,
        subjects: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError> {
        let select = "SELECT bytes FROM event WHERE subject = $1 AND sequence > $2
            ORDER BY sequence LIMIT $3";
        let limit = limited(limit, EVENTS_MAX);
        let accounts: Vec<_> = subjects
            .iter()
            .take(SUBJECTS_MAX)
            .map(|(subject, after)| (subject.account(), *after))
            .collect();
        let events = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let incarnation = incarnation::current(tx).await?;
                let mut answers = Vec::with_capacity(accounts.len());
                for (account, after) in &accounts {
                    let rows = match account {
                        Some(account) => tx.query(select, params![account, *after, limit]).await?,
                        None => Vec::new(),
                    };
                    let events = rows
                        .iter()
                        .map(|row| outbox::read(&row.get::<Vec<u8>>(0)?, incarnation))
                        .collect::<Result<Vec<_>, BankError>>()?;
                    answers.push(events);
                }
                Ok::<_, BankError>(answers)
            })
            .await?;
        Ok(events)
    }

    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        let select = "SELECT a.id, a.sequence, a.place, e.bytes FROM account a JOIN event e ON e.place = a.place
            WHERE a.place > $1 ORDER BY a.place LIMIT $2";
        let newest_place = "SELECT COALESCE(MAX(place), 0) FROM account";
        let limit = limited(limit, HEADS_MAX);
        let heads = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let incarnation = incarnation::current(tx).await?;
                let rows = tx
                    .query(select, params![signed(after.get()), limit])
                    .await?;
                let next = match rows.last() {
                    Some(row) => HeadsCursor::new(row.get("place")?),
                    None => after,
                };
                let subjects = rows
                    .iter()
                    .map(|row| {
                        let event = newest(row, incarnation)?;
                        Ok(SubjectHead {
                            subject: SubjectId::from(&row.get::<AccountId>(0)?),
                            sequence: row.get(1)?,
                            hash: hash(event.as_ref()),
                            holders: event
                                .into_iter()
                                .flat_map(|event| event.holders)
                                .map(|(customer, _)| customer)
                                .collect(),
                        })
                    })
                    .collect::<Result<_, BankError>>()?;
                Ok::<_, BankError>(Heads {
                    incarnation,
                    subjects,
                    next,
                    newest: HeadsCursor::new(tx.query_one(newest_place, &[]).await?.get(0)?),
                })
            })
            .await?;
        Ok(heads)
    }

    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        const HELD: &str = concat!(
            "SELECT ",
            account_columns!(),
            ", h.role, e.bytes FROM holder h JOIN account a ON a.id = h.account
            LEFT JOIN event e ON e.place = a.place WHERE h.customer = $1 ORDER BY a.id"
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
                    return Err(BankError::CustomerUnknown(customer.clone()));
                }
                let incarnation = incarnation::current(tx).await?;
                let rows = tx.query(HELD, params![&customer]).await?;
                let accounts = rows
                    .iter()
                    .map(|row| {
                        let account = Account::of(row)?;
                        Ok(AccountSnapshot {
                            balances: account.book().balances()?,
                            role: row.get("role")?,
                            account: account.id,
                            kind: account.kind,
                            name: account.name,
                            currency: account.currency,
                            sequence: account.sequence,
                            hash: hash(newest(row, incarnation)?.as_ref()),
                            booked_entries: account.transactions.unsigned_abs(),
                        })
                    })
                    .collect::<Result<_, BankError>>()?;
                Ok(CustomerSnapshot {
                    customer: customer.clone(),
                    incarnation,
                    // The sandbox never makes an event about a customer.
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
                let incarnation = incarnation::current(tx).await?;
                let entries = rows
                    .iter()
                    .map(|row| Ok(outbox::read(&row.get::<Vec<u8>>(0)?, incarnation)?.entry))
                    .collect::<Result<_, BankError>>()?;
                Ok::<_, BankError>(History {
                    incarnation,
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
