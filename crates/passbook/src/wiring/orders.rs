//! Implements the port of ciam to gateway.

use super::calls::Calls;
use super::late::Late;
use async_trait::async_trait;
use ciam::ports::{Orders, PortError};
use gateway::Gateway;
use gateway::ports::RaisedLimit;
use types::{CustomerId, Money, Time};

/// The gateway of this process. ciam is opened first and calls gateway when both are open.
#[derive(Clone, Default)]
pub(crate) struct Stopping {
    pub(super) gateway: Late<Gateway>,
    calls: Calls,
}

impl Stopping {
    fn gateway(&self) -> Result<Gateway, PortError> {
        let gateway = self.gateway.get();
        gateway.ok_or_else(|| PortError::new("gateway", "it is not open"))
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("gateway", error)
}

#[async_trait]
impl Orders for Stopping {
    async fn stop(&self, customer: &CustomerId, number: u64) -> Result<Option<u64>, PortError> {
        let gateway = self.gateway()?;
        let stopped = self.calls.call(gateway.stop(customer, number)).await;
        stopped.map_err(failed)?.map_err(failed)
    }

    async fn resume(&self, customer: &CustomerId, number: u64) -> Result<(), PortError> {
        let gateway = self.gateway()?;
        let resumed = self.calls.call(gateway.resume(customer, number)).await;
        resumed.map_err(failed)?.map_err(failed)
    }

    async fn day_limit(&self) -> Result<Money, PortError> {
        Ok(self.gateway()?.day_limit())
    }

    async fn raise_limit(
        &self,
        customer: &CustomerId,
        (day, until): (Money, Time),
        number: u64,
    ) -> Result<(), PortError> {
        let gateway = self.gateway()?;
        let raised = RaisedLimit { day, until };
        let raise = gateway.raise_limit(customer, raised, number);
        let raised = self.calls.call(raise).await;
        raised.map_err(failed)?.map_err(failed)
    }
}
