//! The core bank port, implemented by the sandbox bank.

use crate::account::{Account, account_columns, holders, role};
use crate::{BankError, SandboxBank, incarnation, orders, outbox, rates};
use async_trait::async_trait;
use core_bank::{
    AccountSnapshot, CoreBank, CoreBankError, CustomerSnapshot, EVENTS_MAX, HEADS_MAX, HISTORY_MAX,
    Heads, HeadsCursor, History, OrderState, PayeeCheck, Placing, SUBJECTS_MAX, SubjectHead,
    Target, entry_hash,
};
use database::{Row, Transaction, params};
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::Event;
use types::{
    AccountId, Currency, CustomerId, Hash, Incarnation, IntentId, Rate, Role, Sequence, SubjectId,
};

impl From<BankError> for CoreBankError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::CustomerUnknown(customer) => Self::CustomerUnknown(customer),
            BankError::AccountUnknown(account) => Self::AccountUnknown(account),
            BankError::OrderConflict(_, intent) => Self::OrderConflict(intent),
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

/// The subject as the outbox has it: with its prefix.
fn prefixed(subject: &SubjectId) -> SubjectId {
    subject
        .account()
        .map_or_else(|| subject.clone(), |account| SubjectId::from(&account))
}

/// The subject's newest event, from the column `bytes`, which is null if there is no event.
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
        let subjects: Vec<_> = subjects.iter().take(SUBJECTS_MAX).cloned().collect();
        let events = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let incarnation = incarnation::current(tx).await?;
                let mut answers = Vec::with_capacity(subjects.len());
                for (subject, after) in &subjects {
                    let rows = tx
                        .query(select, params![&prefixed(subject), *after, limit])
                        .await?;
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
        let select = "SELECT a.place AS place, e.bytes AS bytes FROM account a JOIN event e ON e.place = a.place
            WHERE a.place > $1
            UNION ALL SELECT c.place AS place, e.bytes AS bytes FROM customer c JOIN event e ON e.place = c.place
            WHERE c.place > $1
            ORDER BY place LIMIT $2";
        let newest_place = "SELECT COALESCE(MAX(place), 0) FROM event";
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
                        let event = outbox::read(&row.get::<Vec<u8>>("bytes")?, incarnation)?;
                        let (subject, sequence) = event.subject()?;
                        Ok(SubjectHead {
                            subject: subject.clone(),
                            sequence,
                            hash: entry_hash(&event.entry),
                            holders: event
                                .holders
                                .iter()
                                .map(|(customer, _)| customer.clone())
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
                let incarnation = incarnation::current(tx).await?;
                let known = "SELECT c.sequence, e.bytes FROM customer c LEFT JOIN event e ON e.place = c.place
                    WHERE c.id = $1";
                let Some(row) = tx.query_optional(known, params![&customer]).await? else {
                    return Err(BankError::CustomerUnknown(customer.clone()));
                };
                let sequence = row.get(0)?;
                let hash_of_customer = hash(newest(&row, incarnation)?.as_ref());
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
                    sequence,
                    hash: hash_of_customer,
                    accounts,
                    payees: orders::payees::of_customer(tx, &customer).await?,
                    standing: orders::standing::of_customer(tx, &customer).await?,
                    orders: orders::pending(tx, &customer).await?,
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
                let range = params![
                    SubjectId::from(&account),
                    signed(after),
                    signed(through),
                    limit
                ];
                let rows = tx.query(select, range).await?;
                let incarnation = incarnation::current(tx).await?;
                let entries = rows
                    .iter()
                    .map(|row| {
                        let event = outbox::read(&row.get::<Vec<u8>>(0)?, incarnation)?;
                        Ok(event.entry.without_order())
                    })
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

    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        Ok(self.place_order(placing).await?)
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        Ok(self.state_of_order(customer.clone(), intent).await?)
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        let (customer, target) = (customer.clone(), target.to_owned());
        Ok(self.target_of_order(customer, kind, target).await?)
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        let (customer, account) = (customer.clone(), account.clone());
        let role = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Ok::<_, BankError>(role(tx, &account, &customer).await?)
            })
            .await?;
        Ok(role)
    }

    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        Ok(self.examine_order(customer.clone(), order.clone()).await?)
    }

    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        Ok(self.check_creditor(creditor.clone()).await?)
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        Ok(rates::rate(from, to))
    }

    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        Ok(self.stop_customer(customer.clone(), number).await?)
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        Ok(self.resume_customer(customer.clone(), number).await?)
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        Ok(self.current_fees().await?)
    }
}
