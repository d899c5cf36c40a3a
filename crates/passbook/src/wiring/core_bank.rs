//! Implements the ports of notification and ciam to the core bank. Each kind of request has its own calls.

use super::calls::{Calls, NotAnswered};
use async_trait::async_trait;
use core_bank::{CoreBank, CoreBankError, CustomerSnapshot, Heads, HeadsCursor, History};
use protocol::Event;
use std::sync::Arc;
use std::time::Duration;
use types::{AccountId, CustomerId, Role, Sequence, SubjectId};

/// A core bank that may hang.
#[derive(Clone)]
pub(crate) struct Books {
    bank: Arc<dyn CoreBank>,
    /// Requests of numbering and comparing.
    events: Calls,
    /// Requests for which a device waits.
    statements: Calls,
}

impl Books {
    /// Makes at most `calls_max` concurrent calls of a kind to `bank`, each with `deadline`.
    pub(super) fn new(bank: Arc<dyn CoreBank>, calls_max: usize, deadline: Duration) -> Self {
        Self {
            bank,
            events: Calls::new(calls_max, deadline),
            statements: Calls::new(calls_max, deadline),
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
