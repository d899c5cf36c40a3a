//! Executes what is due: dated orders, clearing, settlement, returns, payments of standing orders.

use super::payment;
use super::row::OrderRow;
use super::standing::Standing;
use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use std::time::Duration;
use types::Time;

/// Maximum steps in one unit of work.
const STEPS_MAX: usize = 64;

const RETRY: Duration = Duration::from_secs(1);

impl SandboxBank {
    /// Executes every step that is due now, in the order in which they were due. Returns when the next step is due, if
    /// there is one. It may be interrupted at any moment and run again: a step is done once.
    pub async fn run_due(&self) -> Result<Option<Time>, BankError> {
        let now = (self.clock)();
        loop {
            let bank = self.clone();
            let steps = self
                .commit(async move |tx: &mut Transaction<'_>| {
                    let mut steps = 0;
                    while steps < STEPS_MAX && step(tx, &bank, now).await? {
                        steps += 1;
                    }
                    Ok(steps)
                })
                .await?;
            if steps < STEPS_MAX {
                return self.next_due().await;
            }
        }
    }

    /// When the next step is due.
    async fn next_due(&self) -> Result<Option<Time>, BankError> {
        let select = "SELECT MIN(due) FROM
            (SELECT MIN(due) AS due FROM customer_order WHERE due IS NOT NULL
             UNION ALL SELECT MIN(due) AS due FROM standing_order WHERE due IS NOT NULL) AS next";
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                Ok(tx.query_one(select, params![]).await?.get(0)?)
            })
            .await
    }

    /// Tells the executor that the clock was set.
    pub fn clock_was_set(&self) {
        self.due.notify_one();
    }
}

/// Does the step that was due first. Returns whether there was one.
async fn step(tx: &mut Transaction<'_>, bank: &SandboxBank, now: Time) -> Result<bool, BankError> {
    let order = OrderRow::due(tx, now).await?;
    let standing = Standing::due(tx, now).await?;
    let of_order = order
        .as_ref()
        .and_then(|order| order.next)
        .map(|(_, due)| due);
    let of_standing = standing.as_ref().and_then(|standing| standing.due);
    match (order, standing) {
        (Some(mut order), _) if of_standing.is_none() || of_order <= of_standing => {
            payment::advance(tx, &bank.calendar, &mut order, now).await?;
        }
        (_, Some(standing)) => standing.pay(tx, &bank.calendar, now).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Executes what is due, whenever something is. A bank has exactly one executor. It sleeps until the next step is due.
#[derive(Debug)]
pub struct Executor {
    bank: SandboxBank,
}

impl Executor {
    /// Makes the executor of `bank`.
    #[must_use]
    pub fn new(bank: SandboxBank) -> Self {
        Self { bank }
    }

    /// Runs until the bank's database fails. It may be dropped at any moment.
    pub async fn run(&self) -> BankError {
        loop {
            match self.bank.run_due().await {
                Ok(next) => self.wait(next).await,
                Err(BankError::Database(error)) if error.passes() => {
                    tracing::warn!(%error, "orders wait that are due");
                    tokio::time::sleep(RETRY).await;
                }
                Err(error) => return error,
            }
        }
    }

    /// Waits until `next`, or until an order is placed, or the clock is set.
    async fn wait(&self, next: Option<Time>) {
        let woken = self.bank.due.notified();
        let Some(next) = next else {
            return woken.await;
        };
        let wait = Duration::from_millis(next.ms_since((self.bank.clock)()));
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
