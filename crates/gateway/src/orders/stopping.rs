//! A customer who stopped everything: no order of theirs is accepted, and none that was accepted is executed any more.

use super::approving::end;
use super::record::stopping;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::CustomerIndex;
use crate::store::intent::{self, IntentRow, Progress};
use crate::store::stop::{self, StopRow};
use crate::store::{brake, challenge};
use database::{Transaction, audit_chain};
use protocol::http::OrderProgress;
use types::{CustomerId, ErrorCode};

const CUSTOMER: &str = "gateway.stop.customer";

/// Maximum calls in one read.
const PAGE: u32 = 64;

impl Gateway {
    /// Stops the customer's orders. Returns how many ended because of it, when none can be executed any more: those that
    /// wait at the core bank are cancelled, those that were accepted and not handed on are handed on to be cancelled, and
    /// those that wait for a second approval are refused. An order that the core bank executed before stays executed.
    ///
    /// `number` orders the calls about a customer; an older one changes nothing, and neither does a repeated one. `None` if
    /// a newer call ended the stop. After an error, [`run`](Self::run) goes on with it.
    pub async fn stop(&self, customer: &CustomerId, number: u64) -> Result<Option<u64>, Failure> {
        let row = self.keep_call(customer, number, true).await?;
        if !row.stopped {
            return Ok(None);
        }
        if row.done {
            return Ok(Some(row.orders));
        }
        self.carry_out(&row).await.map(Some)
    }

    /// Lets the customer order again. An earlier stop is carried out first, if it is not yet: what was accepted before it
    /// is not executed afterwards. `number` is as in [`stop`](Self::stop).
    pub async fn resume(&self, customer: &CustomerId, number: u64) -> Result<(), Failure> {
        loop {
            let row = self.keep_call(customer, number, false).await?;
            if !row.done {
                self.carry_out(&row).await?;
            }
            if row.number.unsigned_abs() >= number {
                return Ok(());
            }
        }
    }

    /// Stores a call if it is newer than what is stored, unless it ends a stop that is not done. Returns what is stored
    /// then.
    pub(super) async fn keep_call(
        &self,
        customer: &CustomerId,
        number: u64,
        stopped: bool,
    ) -> Result<StopRow, Failure> {
        let sealed = self.0.columns.seal(CUSTOMER, customer.as_str().as_bytes());
        let call = StopRow {
            customer: self.customer_index(customer),
            number: i64::try_from(number).map_err(|_| Failure::CallNumber)?,
            sealed: sealed?,
            stopped,
            done: false,
            ended: 0,
            orders: 0,
        };
        let now = self.now();
        let keep = async move |tx: &mut Transaction<'_>| {
            if let Some(known) = stop::find(tx, call.customer).await?
                && (known.number >= call.number || known.stopped && !known.done && !call.stopped)
            {
                return Ok(known);
            }
            let mut call = call.clone();
            if call.stopped {
                for order in challenge::unanswered_of(tx, call.customer).await? {
                    end(tx, order, (now, ErrorCode::OrdersStopped)).await?;
                    call.ended += 1;
                }
                brake::keep_all(tx, call.customer, now).await?;
            }
            stop::put(tx, &call).await?;
            audit_chain::record(tx, &stopping(now, &call)).await?;
            Ok::<_, Failure>(call)
        };
        self.0.database.write(keep).await
    }

    /// Has the core bank do what the call says. Returns how many orders ended because of it.
    async fn carry_out(&self, row: &StopRow) -> Result<u64, Failure> {
        let customer = self.stopped_customer(row)?;
        let number = row.number.unsigned_abs();
        let orders = if row.stopped {
            self.0.core_bank.stop_orders(&customer, number).await?;
            self.settle_received(row.customer).await?;
            // Those that were handed on just now are counted, too.
            let cancelled = self.0.core_bank.stop_orders(&customer, number).await?;
            row.ended.saturating_add(cancelled)
        } else {
            self.learn_pending(row.customer, &customer).await;
            self.0.core_bank.resume_orders(&customer, number).await?;
            0
        };
        let row = row.clone();
        let mark = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(stop::mark_done(tx, &row, orders).await?)
        };
        self.0.database.write(mark).await?;
        Ok(orders)
    }

    /// Hands the customer's orders on that the core bank does not have yet. It cancels them.
    async fn settle_received(&self, customer: CustomerIndex) -> Result<(), Failure> {
        let mut settled = Ok(());
        for order in self.orders_in(customer, OrderProgress::Received).await? {
            // One order that fails keeps no other waiting.
            settled = settled.and(self.place(&order).await);
        }
        settled
    }

    /// Learns what became of the customer's orders that the core bank had, so that cancelled ones do not count towards the
    /// limits any more.
    async fn learn_pending(&self, index: CustomerIndex, customer: &CustomerId) {
        let learn = async {
            for order in self.orders_in(index, OrderProgress::Pending).await? {
                let state = self.0.core_bank.order_state(customer, order.intent).await?;
                if let Some(progress) = state.map(Progress::from) {
                    self.set_progress(&order, progress).await?;
                }
            }
            Ok::<_, Failure>(())
        };
        if let Err(failure) = learn.await {
            let failure = types::error_chain(&failure);
            tracing::warn!("cancelled orders count towards a customer's limits: {failure}");
        }
    }

    async fn orders_in(
        &self,
        customer: CustomerIndex,
        state: OrderProgress,
    ) -> Result<Vec<IntentRow>, Failure> {
        self.0
            .database
            .read(async move |tx| Ok::<_, Failure>(intent::in_state(tx, customer, state).await?))
            .await
    }

    /// Has the core bank stop the customer's orders if it has not yet, before an order is handed on.
    pub(super) async fn stop_first(&self, customer: CustomerIndex) -> Result<(), Failure> {
        let stop = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(stop::find(tx, customer).await?));
        if let Some(row) = stop.await?.filter(|row| row.stopped && !row.done) {
            let customer = self.stopped_customer(&row)?;
            let number = row.number.unsigned_abs();
            self.0.core_bank.stop_orders(&customer, number).await?;
        }
        Ok(())
    }

    /// Carries out what the core bank has not done yet.
    pub(super) async fn carry_out_stops(&self) -> Result<(), Failure> {
        let mut carried_out = Ok(());
        let mut after = 0;
        loop {
            let page = self
                .0
                .database
                .read(async move |tx| Ok::<_, Failure>(stop::not_done(tx, after, PAGE).await?));
            let page = page.await?;
            let Some(last) = page.last() else {
                return carried_out;
            };
            after = last.number;
            for row in &page {
                // One customer whose stop fails keeps no other waiting.
                carried_out = carried_out.and(self.carry_out(row).await.map(drop));
            }
        }
    }

    /// Carries out what the core bank has not done. The first look has it do all stops again: it may have been restored
    /// from an older copy. `knows_all` says whether that was begun.
    pub(super) async fn look_for_stops(&self, knows_all: &mut bool) -> Result<(), Failure> {
        if !*knows_all {
            self.stop_again().await?;
            *knows_all = true;
        }
        self.carry_out_stops().await?;
        self.0.stops_done.send_replace(true);
        Ok(())
    }

    /// Waits until [`run`](Self::run) has had the core bank do all stops since the start. A core bank that was restored
    /// from an older copy executes no stopped order from then on.
    pub async fn stops_done(&self) {
        // The sender is in `self`.
        let _done = self
            .0
            .stops_done
            .subscribe()
            .wait_for(|done| *done)
            .await
            .is_ok();
    }

    async fn stop_again(&self) -> Result<(), Failure> {
        let again =
            async move |tx: &mut Transaction<'_>| Ok::<_, Failure>(stop::do_again(tx).await?);
        self.0.database.write(again).await
    }

    fn stopped_customer(&self, row: &StopRow) -> Result<CustomerId, Failure> {
        let opened = self.0.columns.open(CUSTOMER, &row.sealed)?;
        let customer = std::str::from_utf8(&opened).ok().map(str::parse);
        customer.and_then(Result::ok).ok_or(Failure::StoredCustomer)
    }
}
