//! Places orders: once for each customer and id.

use super::row::{OrderRow, State};
use super::{cancelling, payees, payment, standing, stop, stopping};
use crate::{BankError, SandboxBank, fees};
use core_bank::{OrderState, Placing, Target};
use database::{Transaction, params};
use order::{Order, OrderKind, Reason};
use types::{CustomerId, IntentId, Time};

impl SandboxBank {
    /// Places an order in one unit of work. See [`CoreBank::place`](core_bank::CoreBank::place).
    pub(crate) async fn place_order(&self, placing: Placing) -> Result<OrderState, BankError> {
        let (bank, now) = (self.clone(), (self.clock)());
        let state = self
            .commit(async move |tx: &mut Transaction<'_>| place(tx, &bank, &placing, now).await)
            .await?;
        self.due.notify_one();
        Ok(state)
    }

    /// Why an order would be refused now, but for the funds.
    pub(crate) async fn examine_order(
        &self,
        customer: CustomerId,
        order: Order,
    ) -> Result<Option<Reason>, BankError> {
        let (bank, now) = (self.clone(), (self.clock)());
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let (calendar, placed) = (&bank.calendar, (&customer, &order));
                let checked = match order.kind() {
                    OrderKind::Transfer | OrderKind::Bill => {
                        payment::examine(tx, placed, calendar.date(now)).await?
                    }
                    OrderKind::Standing => {
                        let due = standing::check(tx, placed, calendar, now).await?;
                        due.map(drop)
                    }
                    OrderKind::PayeeAdd => payees::check(tx, &order).await?,
                    OrderKind::Cancel | OrderKind::StandingEnd | OrderKind::PayeeRemove => Ok(()),
                };
                Ok(checked.err())
            })
            .await
    }

    /// What an order of `kind` is about.
    pub(crate) async fn target_of_order(
        &self,
        customer: CustomerId,
        kind: OrderKind,
        target: String,
    ) -> Result<Target, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| match kind {
                OrderKind::Cancel => cancelling::target(tx, &customer, &target).await,
                OrderKind::StandingEnd => standing::target(tx, &customer, &target).await,
                OrderKind::PayeeRemove => payees::target(tx, &customer, &target).await,
                _ => Ok(Target::Unknown),
            })
            .await
    }

    /// The state of an order, if the customer placed it.
    pub(crate) async fn state_of_order(
        &self,
        customer: CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let row = OrderRow::find(tx, &customer, intent).await?;
                row.map(|row| row.state()).transpose()
            })
            .await
    }
}

async fn place(
    tx: &mut Transaction<'_>,
    bank: &SandboxBank,
    placing: &Placing,
    now: Time,
) -> Result<OrderState, BankError> {
    let Placing {
        customer,
        intent,
        order,
        created,
        device: _,
    } = placing;
    if let Some(row) = OrderRow::find(tx, customer, *intent).await? {
        return if row.order == *order {
            row.state()
        } else {
            Err(BankError::OrderConflict(customer.clone(), *intent))
        };
    }
    let known = "SELECT id FROM customer WHERE id = $1";
    if tx.query_optional(known, params![customer]).await?.is_none() {
        return Err(BankError::CustomerUnknown(customer.clone()));
    }
    let mut row = OrderRow::new(customer.clone(), *intent, order.clone());
    if stop::is_active(tx, customer).await? {
        stopping::cancel(tx, &mut row, now).await?;
        return row.state();
    }
    let calendar = &bank.calendar;
    let result = match order.kind() {
        OrderKind::Transfer | OrderKind::Bill => {
            row.fee = fees::fee(tx, order, *created).await?;
            payment::place(tx, calendar, &mut row, now).await?;
            return row.state();
        }
        OrderKind::Standing => standing::create(tx, calendar, &row, now).await?,
        OrderKind::StandingEnd => standing::end(tx, &row, now).await?,
        OrderKind::Cancel => cancelling::cancel(tx, &row, now).await?,
        OrderKind::PayeeAdd => payees::add(tx, &row, now).await?,
        OrderKind::PayeeRemove => payees::remove(tx, &row, now).await?,
    };
    done(&mut row, result);
    row.date = Some(calendar.date(now));
    row.report(tx, now).await?;
    row.state()
}

/// The state of an order that is done at once.
fn done(row: &mut OrderRow, result: Result<(), Reason>) {
    row.state = match result {
        Ok(()) => State::Executed,
        Err(reason) => State::Refused(reason),
    };
}
