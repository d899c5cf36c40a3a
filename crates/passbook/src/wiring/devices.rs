//! Implements the ports of notification and gateway to ciam.

use super::calls::Calls;
use super::late::Late;
use async_trait::async_trait;
use ciam::Ciam;
use gateway::ports::{KnownDevice, KnownLogin};
use notification::ports::{DeviceStatements, NumberedStatement, PortError, Revocation};
use order::Credential;
use types::{ClientId, CustomerId, DeviceId, IntentId};

/// The ciam of this process. notification is opened first and calls ciam when both are open.
#[derive(Clone, Default)]
pub(crate) struct Devices {
    pub(super) ciam: Late<Ciam>,
    calls: Calls,
}

impl Devices {
    fn ciam(&self) -> Result<Ciam, PortError> {
        let ciam = self.ciam.get();
        ciam.ok_or_else(|| PortError::new("ciam", "it is not open"))
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
        let ciam = self.ciam()?;
        let asked = ciam.statements_after(number, limited(limit));
        let stated = self.calls.call(asked).await.map_err(failed)?;
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
        let ciam = self.ciam()?;
        let asked = ciam.revocations_after(number, limited(limit));
        let revoked = self.calls.call(asked).await.map_err(failed)?;
        let revoked = revoked.map_err(failed)?;
        let revocation = |row: ciam::Revocation| Revocation {
            number: row.number,
            channel: row.channel,
            device: row.device,
        };
        Ok(revoked.into_iter().map(revocation).collect())
    }
}

#[async_trait]
impl gateway::ports::Devices for Devices {
    async fn device(&self, device: DeviceId) -> Result<Option<KnownDevice>, PortError> {
        let ciam = self.ciam()?;
        let known = self.calls.call(ciam.device(device)).await;
        let known = known.map_err(failed)?.map_err(failed)?;
        Ok(known.map(|known| KnownDevice {
            statement: known.statement,
            active: known.active,
        }))
    }

    async fn credential(&self, credential: &[u8]) -> Result<Option<Credential>, PortError> {
        let ciam = self.ciam()?;
        let known = self.calls.call(ciam.credential(credential)).await;
        known.map_err(failed)?.map_err(failed)
    }

    async fn login(&self, device: DeviceId) -> Result<Option<KnownLogin>, PortError> {
        let ciam = self.ciam()?;
        let known = self.calls.call(ciam.logged_in(device)).await;
        let known = known.map_err(failed)?.map_err(failed)?;
        Ok(known.map(|(time, passkey_registered)| KnownLogin {
            time,
            passkey_registered,
        }))
    }
}

#[async_trait]
impl gateway::ports::Apps for Devices {
    async fn accounts_changed(&self, customers: &[CustomerId]) -> Result<(), PortError> {
        let ciam = self.ciam()?;
        let told = self.calls.call(ciam.accounts_changed(customers)).await;
        told.map_err(failed)?.map_err(failed)
    }

    async fn payment_changed(
        &self,
        client: &ClientId,
        customer: &CustomerId,
        initiation: IntentId,
    ) -> Result<(), PortError> {
        let ciam = self.ciam()?;
        let asked = ciam.payment_changed(client, customer, initiation);
        let told = self.calls.call(asked).await;
        told.map_err(failed)?.map_err(failed)
    }
}
