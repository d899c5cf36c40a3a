//! Customers who stopped everything: nothing of theirs waits any more, and nothing is executed until the stop ends.

use super::payment;
use super::row::{OrderRow, State};
use super::stop;
use crate::{BankError, SandboxBank};
use database::Transaction;
use types::{CustomerId, Time};

impl SandboxBank {
    /// Stops the customer's orders. See [`CoreBank::stop_orders`](core_bank::CoreBank::stop_orders).
    pub(crate) async fn stop_customer(
        &self,
        customer: CustomerId,
        number: u64,
    ) -> Result<u64, BankError> {
        let now = (self.clock)();
        self.commit(async move |tx: &mut Transaction<'_>| {
            if stop::begin(tx, &customer, (number, true)).await? {
                for mut row in OrderRow::pending(tx, &customer).await? {
                    cancel(tx, &mut row, now).await?;
                }
            }
            stop::cancelled(tx, &customer).await
        })
        .await
    }

    /// Ends the stop. See [`CoreBank::resume_orders`](core_bank::CoreBank::resume_orders).
    pub(crate) async fn resume_customer(
        &self,
        customer: CustomerId,
        number: u64,
    ) -> Result<(), BankError> {
        self.commit(async move |tx: &mut Transaction<'_>| {
            stop::begin(tx, &customer, (number, false)).await.map(drop)
        })
        .await
    }
}

/// Cancels an order of a stopped customer, and reports it.
pub(super) async fn cancel(
    tx: &mut Transaction<'_>,
    row: &mut OrderRow,
    now: Time,
) -> Result<(), BankError> {
    payment::release(tx, row, now).await?;
    row.state = State::Cancelled;
    row.next = None;
    stop::count(tx, &row.customer).await?;
    row.report(tx, now).await
}
