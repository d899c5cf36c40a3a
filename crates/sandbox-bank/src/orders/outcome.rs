//! The events about the customer that report what became of an order, and what they say.

use super::row::{OrderRow, State};
use crate::{BankError, outbox};
use core_bank::{Arrangement, OrderState};
use database::Transaction;
use order::{OrderKind, Outcome, OutcomeKind};
use protocol::EntryKind;
use protocol::cbor::Map;
use types::{CustomerId, Money, Time};

impl OrderRow {
    /// What became of the order, for [`Target::Done`](core_bank::Target::Done) and for the event.
    pub(crate) const fn outcome(&self) -> OutcomeKind {
        match self.state {
            State::Pending => OutcomeKind::Pending,
            State::Executed => OutcomeKind::Executed,
            State::Refused(_) => OutcomeKind::Refused,
            State::Cancelled => OutcomeKind::Cancelled,
        }
    }

    /// The state, for gateway.
    pub(crate) fn state(&self) -> Result<OrderState, BankError> {
        Ok(match &self.state {
            State::Pending => OrderState::Pending { date: self.date },
            State::Executed => OrderState::Executed {
                bank_reference: self.moves_money().then(|| self.reference.clone()),
                date: self
                    .date
                    .ok_or(BankError::Broken("an executed order has a date"))?,
            },
            State::Refused(reason) => OrderState::Refused(reason.clone()),
            State::Cancelled => OrderState::Cancelled,
        })
    }

    /// The arguments of the event that reports the order's state. A pending order says its fee and how much is
    /// held for it; an executed one names the debit's event.
    pub(crate) fn arguments(&self) -> Map {
        let kind = self.outcome();
        let is_pending = kind == OutcomeKind::Pending;
        let reference = self.moves_money() && !matches!(self.state, State::Cancelled);
        let outcome = Outcome {
            kind,
            intent: self.intent,
            order_kind: self.order.kind(),
            reason: match &self.state {
                State::Refused(reason) => Some(reason.clone()),
                _ => None,
            },
            bank_reference: reference.then(|| self.reference.clone()),
            date: self.date,
            order: is_pending.then(|| self.order.clone()),
        };
        let mut arguments = outcome.arguments();
        if let Some(fee) = self.fee().filter(|_| is_pending) {
            arguments.insert("fee".into(), fee.into());
        }
        if let Some(held) = self.held() {
            arguments.insert("held".into(), held.into());
        }
        if let Some(booked) = self.booked {
            arguments.insert("booked".into(), booked.into());
        }
        arguments
    }

    /// Whether the order itself moves money, once.
    pub(crate) const fn moves_money(&self) -> bool {
        matches!(self.order.kind(), OrderKind::Transfer | OrderKind::Bill)
    }

    /// What the order costs beside its amount. `None` if it costs nothing.
    pub(crate) fn fee(&self) -> Option<Money> {
        let currency = self.order.amount()?.currency();
        (self.fee > 0).then(|| Money::new(self.fee, currency))
    }

    /// What is held for the order on the debit account: amount and fee. `None` if nothing is.
    pub(crate) fn held(&self) -> Option<Money> {
        let currency = self.order.amount()?.currency();
        (self.held > 0).then(|| Money::new(self.held, currency))
    }

    /// Stores the order and reports its state to the customer.
    pub(crate) async fn report(
        &self,
        tx: &mut Transaction<'_>,
        time: Time,
    ) -> Result<(), BankError> {
        self.put(tx).await?;
        let kind = match self.outcome() {
            OutcomeKind::Pending => EntryKind::OrderPending,
            OutcomeKind::Executed => EntryKind::OrderExecuted,
            OutcomeKind::Refused => EntryKind::OrderRefused,
            OutcomeKind::Cancelled => EntryKind::OrderCancelled,
        };
        outbox::record_of_customer(tx, &self.customer, time, (kind, self.arguments())).await
    }
}

/// The customer's pending orders, ordered by intent.
pub(crate) async fn pending(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<Vec<Arrangement>, BankError> {
    let rows = OrderRow::pending(tx, customer).await?;
    let arrangement = |row: OrderRow| Arrangement {
        id: row.intent.to_string(),
        arguments: row.arguments(),
    };
    Ok(rows.into_iter().map(arrangement).collect())
}
