//! The bank raises the limit of a customer's day for a while. gateway judges orders, so it has to hear of it.

use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::stopping::TellStopError;
use crate::store;
use crate::store::raised_limit::{self, RaisedRow};
use database::Transaction;
use std::error::Error;
use types::{CustomerId, Money, Time};

/// How far ahead a limit may end.
const UNTIL_MAX_MS: u64 = 30 * 86_400_000;

/// Maximum limits in one read.
const PAGE: u32 = 256;

impl Ciam {
    /// What is wrong with a limit that somebody wants to raise to `day`. `banks` is the bank's own.
    pub(crate) fn check_raised(
        &self,
        (day, until): (Money, Time),
        banks: Money,
    ) -> Result<(), &'static str> {
        let now = self.now();
        if day.currency() != banks.currency() {
            return Err("the bank's limits are in another currency");
        }
        if day.minor_units() <= banks.minor_units() {
            return Err("the limit is not above the bank's own");
        }
        if until <= now || until.ms_since(now) > UNTIL_MAX_MS {
            return Err("the limit ends within 30 days");
        }
        Ok(())
    }

    /// Stores a limit of which gateway has to hear.
    pub(crate) async fn raise_in(
        &self,
        tx: &mut Transaction<'_>,
        (customer, day, until): (&CustomerId, Money, Time),
        by: &BankActor,
    ) -> Result<(), Failure> {
        let row = RaisedRow {
            customer: self.customer_index(customer),
            sealed: self.seal_customer(customer)?,
            number: store::next_number(tx, self.now()).await?,
            day,
            until,
        };
        raised_limit::put(tx, &row).await?;
        let act = Act::LimitRaised {
            customer: row.customer,
            day,
            until,
            by: by.clone(),
        };
        self.record(tx, &act).await
    }

    /// Has gateway raise what was committed for a customer, if it has not heard of it.
    pub(crate) async fn tell_raised_of(&self, customer: &CustomerId) -> Result<(), TellStopError> {
        let index = self.customer_index(customer);
        let row = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(raised_limit::find(tx, index).await?)
                },
            )
            .await?;
        match row {
            Some(row) => self.tell_raised(&row).await,
            None => Ok(()),
        }
    }

    async fn tell_raised(&self, row: &RaisedRow) -> Result<(), TellStopError> {
        let customer = self.open_customer(&row.sealed)?;
        let raised = (row.day, row.until);
        let asked = self.inner.orders.raise_limit(&customer, raised, row.number);
        asked.await.map_err(TellStopError::NotTold)?;
        let row = row.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(raised_limit::done(tx, &row).await?)
                },
            )
            .await?;
        Ok(())
    }

    /// Has gateway raise all limits of which it has not heard.
    pub(crate) async fn tell_all_raised(&self) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let page = self
                .inner
                .database
                .read(
                    async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                        Ok(raised_limit::after(tx, after, PAGE).await?)
                    },
                )
                .await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.number;
            for row in &page {
                if let Err(error) = self.tell_raised(row).await {
                    let cause: &dyn Error = &error;
                    tracing::error!(cause, "gateway has still not raised a customer's limit");
                }
            }
        }
    }
}
