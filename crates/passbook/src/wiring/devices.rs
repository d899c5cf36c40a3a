//! ciam, as notification sees it; and the core bank, as ciam does.

use async_trait::async_trait;
use ciam::Ciam;
use core_bank::{CoreBank as _, CoreBankError};
use notification::ports::{DeviceStatements, NumberedStatement, PortError, Revocation};
use sandbox_bank::SandboxBank;
use std::sync::{Arc, PoisonError, RwLock};
use types::CustomerId;

/// The ciam of this process. notification is opened before it, and asks it once both are there.
#[derive(Clone, Default)]
pub(crate) struct Devices(Arc<RwLock<Option<Ciam>>>);

impl Devices {
    fn ciam(&self) -> Result<Ciam, PortError> {
        let ciam = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let ciam = ciam.clone();
        ciam.ok_or_else(|| PortError::new("ciam", "it is not open"))
    }

    /// From now on this one is asked; none once they part, since each would keep the other's database open.
    pub(super) fn set(&self, ciam: Option<Ciam>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ciam;
    }
}

fn limited(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("ciam", error)
}

#[async_trait]
impl DeviceStatements for Devices {
    async fn statements_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<NumberedStatement>, PortError> {
        let stated = self.ciam()?.statements_after(number, limited(limit)).await;
        let numbered = |row: ciam::NumberedStatement| NumberedStatement {
            number: row.number,
            statement: row.statement,
        };
        Ok(stated.map_err(failed)?.into_iter().map(numbered).collect())
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Revocation>, PortError> {
        let revoked = self
            .ciam()?
            .revocations_after(number, limited(limit))
            .await
            .map_err(failed)?;
        let revocation = |row: ciam::Revocation| Revocation {
            number: row.number,
            channel: row.channel,
            device: row.device,
        };
        Ok(revoked.into_iter().map(revocation).collect())
    }
}

/// The sandbox bank, as who knows which customers there are.
pub(crate) struct Customers(pub(crate) SandboxBank);

#[async_trait]
impl ciam::ports::Customers for Customers {
    async fn exists(&self, customer: &CustomerId) -> Result<bool, ciam::ports::PortError> {
        match self.0.snapshot(customer).await {
            Ok(_) => Ok(true),
            Err(CoreBankError::CustomerUnknown(_)) => Ok(false),
            Err(error) => Err(ciam::ports::PortError::new("core bank", error)),
        }
    }
}
