//! Implements the ports of notification, ciam and gateway to the core bank. Each kind of request has its own calls.

use super::calls::{Calls, NotAnswered};
use async_trait::async_trait;
use core_bank::{
    CoreBank, CoreBankError, CustomerSnapshot, Heads, HeadsCursor, History, OrderState, PayeeCheck,
    Placing, Target,
};
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::Event;
use std::sync::Arc;
use std::time::Duration;
use types::{AccountId, Currency, CustomerId, IntentId, Rate, Role, Sequence, SubjectId};

/// A core bank that may hang.
#[derive(Clone)]
pub(crate) struct Books {
    bank: Arc<dyn CoreBank>,
    /// Requests of numbering and comparing.
    events: Calls,
    /// Requests for which a device waits.
    statements: Calls,
    /// Orders, and what gateway asks to judge them.
    orders: Calls,
}

impl Books {
    /// Makes at most `calls_max` concurrent calls of a kind to `bank`, each with `deadline`.
    pub(super) fn new(bank: Arc<dyn CoreBank>, calls_max: usize, deadline: Duration) -> Self {
        Self {
            bank,
            events: Calls::new(calls_max, deadline),
            statements: Calls::new(calls_max, deadline),
            orders: Calls::new(calls_max, deadline),
        }
    }
}

fn unavailable(cause: NotAnswered) -> CoreBankError {
    CoreBankError::Unavailable(Box::new(cause))
}

#[async_trait]
impl CoreBank for Books {
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        let asked = self.bank.events_after(subject, after, limit);
        self.events.call(asked).await.map_err(unavailable)?
    }

    async fn events_of_each(
        &self,
        after: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError> {
        let asked = self.bank.events_of_each(after, limit);
        self.events.call(asked).await.map_err(unavailable)?
    }

    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        let asked = self.bank.heads(after, limit);
        self.events.call(asked).await.map_err(unavailable)?
    }

    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        let asked = self.bank.snapshot(customer);
        self.statements.call(asked).await.map_err(unavailable)?
    }

    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError> {
        let asked = self.bank.history(account, after, through, limit);
        self.statements.call(asked).await.map_err(unavailable)?
    }

    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError> {
        let asked = self.bank.holders(account);
        self.events.call(asked).await.map_err(unavailable)?
    }

    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        let asked = self.bank.place(placing);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        let asked = self.bank.order_state(customer, intent);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        let asked = self.bank.target(customer, kind, target);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        let asked = self.bank.role(customer, account);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        let asked = self.bank.examine(customer, order);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        let asked = self.bank.check_payee(creditor);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        let asked = self.bank.stop_orders(customer, number);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        let asked = self.bank.resume_orders(customer, number);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        let asked = self.bank.rate(from, to);
        self.orders.call(asked).await.map_err(unavailable)?
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        let asked = self.bank.fees();
        self.orders.call(asked).await.map_err(unavailable)?
    }
}

#[async_trait]
impl ciam::ports::Customers for Books {
    async fn exists(&self, customer: &CustomerId) -> Result<bool, ciam::ports::PortError> {
        match self.snapshot(customer).await {
            Ok(_) => Ok(true),
            Err(CoreBankError::CustomerUnknown(_)) => Ok(false),
            Err(error) => Err(ciam::ports::PortError::new("core bank", error)),
        }
    }
}
