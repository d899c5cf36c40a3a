//! The port, by calls over the connection.

use crate::books::{
    After, EventsAfter, EventsOfEach, HeadsAsked, HistoryAsked, HoldersAsked, SnapshotAsked,
};
use crate::connection::Connection;
use crate::login::{LoggedIn, LoginAsked};
use crate::operation::{
    CheckPayee, ExamineOrder, LogIn, PlaceOrder, ReadAccounts, ReadEvents, ReadEventsOfEach,
    ReadFees, ReadHeads, ReadHistory, ReadHolders, ReadOrderState, ReadRate, ReadRole, ReadTarget,
    ResumeOrders, StopOrders,
};
use crate::orders::{
    CheckAsked, ExamineAsked, Nothing, PlaceAsked, RateAsked, RoleAsked, StateAsked, StopAsked,
    TargetAsked,
};
use crate::problem::NoAnswer;
use crate::values::Secret;
use async_trait::async_trait;
use core_bank::{
    CoreBank, CoreBankError, CustomerSnapshot, Heads, HeadsCursor, History, OrderState, PayeeCheck,
    Placing, Target,
};
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::Event;
use types::{AccountId, Currency, CustomerId, IntentId, Rate, Role, Sequence, SubjectId};
use zeroize::Zeroizing;

/// A core bank that is reached by SOAP.
#[derive(Debug, Clone)]
pub struct SoapBank(Connection);

/// An answer whose values this version does not know is no answer.
fn shape(cause: impl Into<NoAnswer>) -> CoreBankError {
    cause.into().into()
}

impl SoapBank {
    /// The bank at the other end of the connection.
    #[must_use]
    pub const fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Has the bank authenticate a customer. `None` if it does not: key 0. How often a customer may try is for the caller to
    /// decide, and for the bank.
    pub async fn log_in(
        &self,
        user: &str,
        password: &str,
    ) -> Result<Option<LoggedIn>, CoreBankError> {
        let asked = LoginAsked {
            user: user.to_owned(),
            password: Secret(Zeroizing::new(password.to_owned())),
        };
        let (status, answer) = self.0.exchange::<LogIn>(&asked).await?;
        match (status.0, answer.authenticated) {
            (true, Some(customer)) => Ok(Some(customer.into())),
            (false, None) => Ok(None),
            _ => Err(NoAnswer::Misfit.into()),
        }
    }
}

#[async_trait]
impl CoreBank for SoapBank {
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        let asked = EventsAfter {
            subject: subject.clone(),
            after,
            limit,
        };
        let answer = self.0.call::<ReadEvents>(asked).await?;
        answer.try_into().map_err(shape)
    }

    async fn events_of_each(
        &self,
        subjects: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError> {
        let subjects = subjects.iter().map(|(subject, after)| After {
            subject: subject.clone(),
            after: *after,
        });
        let asked = EventsOfEach {
            subjects: subjects.collect(),
            limit,
        };
        let answer = self.0.call::<ReadEventsOfEach>(asked).await?;
        let subjects = answer.subjects.into_iter().map(Vec::try_from);
        subjects.collect::<Result<_, _>>().map_err(shape)
    }

    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        let asked = HeadsAsked {
            after: after.get(),
            limit,
        };
        Ok(self.0.call::<ReadHeads>(asked).await?.into())
    }

    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        let asked = SnapshotAsked {
            customer: customer.clone(),
        };
        let answer = self.0.call::<ReadAccounts>(asked).await?;
        answer.try_into().map_err(shape)
    }

    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError> {
        let asked = HistoryAsked {
            account: account.clone(),
            after,
            through,
            limit,
        };
        let answer = self.0.call::<ReadHistory>(asked).await?;
        answer.try_into().map_err(shape)
    }

    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError> {
        let asked = HoldersAsked {
            account: account.clone(),
        };
        let answer = self.0.call::<ReadHolders>(asked).await?;
        let holders = answer.holders.into_iter();
        Ok(holders
            .map(|holder| (holder.customer, holder.role))
            .collect())
    }

    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        self.0.call::<PlaceOrder>(PlaceAsked::from(placing)).await
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        let asked = StateAsked {
            customer: customer.clone(),
            intent,
        };
        Ok(self.0.call::<ReadOrderState>(asked).await?.state)
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        let asked = TargetAsked {
            customer: customer.clone(),
            kind,
            target: target.to_owned(),
        };
        let answer = self.0.call::<ReadTarget>(asked).await?;
        answer.try_into().map_err(shape)
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        let asked = RoleAsked {
            customer: customer.clone(),
            account: account.clone(),
        };
        Ok(self.0.call::<ReadRole>(asked).await?.role)
    }

    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        let asked = ExamineAsked {
            customer: customer.clone(),
            order: order.clone(),
        };
        Ok(self.0.call::<ExamineOrder>(asked).await?.reason)
    }

    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        let asked = CheckAsked {
            creditor: creditor.clone(),
        };
        let answer = self.0.call::<CheckPayee>(asked).await?;
        answer.try_into().map_err(shape)
    }

    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        let asked = StopAsked {
            customer: customer.clone(),
            number,
        };
        Ok(self.0.call::<StopOrders>(asked).await?.cancelled)
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        let asked = StopAsked {
            customer: customer.clone(),
            number,
        };
        self.0.call::<ResumeOrders>(asked).await.map(drop)
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        let answer = self.0.call::<ReadRate>(RateAsked { from, to }).await?;
        Ok(answer.into())
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        Ok(self.0.call::<ReadFees>(Nothing {}).await?.fees)
    }
}
