//! A real device of this process: its keys in memory, its store in a database that many devices share.

use crate::crowd::Surroundings;
use client::{ActivationCode, Device, Platform, SoftwareKeys, SyncError};
use client_native::{Backoff, DeviceSecrets, SqliteStore, ports};
use operator::insist;
use rand::rngs::StdRng;
use std::time::Duration;
use types::{CustomerId, ErrorCode};

/// Maximum wait of a device before it tries again to reach the servers.
const BACKOFF_MAX_MS: u64 = 1_000;

/// Maximum attempts of an enrolment, or of the last catching up, before the work fails.
pub(crate) const TRIES_MAX: u32 = 240;

/// A device that is not running: on the disk, with its keys in memory.
pub(crate) struct OwnDevice {
    customer: CustomerId,
    space: String,
    pub(crate) secrets: DeviceSecrets,
}

impl OwnDevice {
    /// Makes the keys of a device that is not enrolled yet.
    pub(crate) fn new(index: usize, customer: &CustomerId) -> anyhow::Result<Self> {
        Ok(Self {
            customer: customer.clone(),
            space: format!("device {index}"),
            secrets: DeviceSecrets::generate()?,
        })
    }

    /// Enrols it, however often the servers are killed meanwhile.
    pub(crate) async fn enrol<P>(
        &self,
        surroundings: &Surroundings,
        transport: &P::Transport,
    ) -> anyhow::Result<()>
    where
        P: Platform<Store = SqliteStore, Keys = SoftwareKeys, Timer = Backoff>,
        P::Transport: Clone,
    {
        let issued = insist(|| surroundings.operator.issue_code(&self.customer)).await?;
        let code: ActivationCode = format!("{}-{}", issued.code, issued.root).parse()?;
        for tries in 1.. {
            let keys = (
                self.secrets.inbox_key.clone(),
                self.secrets.storage_key.clone(),
            );
            let ports = self.ports::<P>(surroundings, transport)?;
            match Device::enrol(ports, keys, &self.customer, &code).await {
                Ok(_) | Err(SyncError::AlreadyEnrolled) => break,
                Err(error) if is_passing(&error) && tries < TRIES_MAX => wait(tries).await,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Opens it from what it committed.
    pub(crate) async fn open<P>(
        &self,
        surroundings: &Surroundings,
        transport: &P::Transport,
    ) -> anyhow::Result<Device<P>>
    where
        P: Platform<Store = SqliteStore, Keys = SoftwareKeys, Timer = Backoff>,
        P::Transport: Clone,
    {
        let ports = self.ports::<P>(surroundings, transport)?;
        let (inbox_key, storage_key) = (&self.secrets.inbox_key, &self.secrets.storage_key);
        Ok(Device::open(ports, inbox_key.clone(), storage_key.clone()).await?)
    }

    fn ports<P>(
        &self,
        surroundings: &Surroundings,
        transport: &P::Transport,
    ) -> anyhow::Result<client::Ports<P, StdRng>>
    where
        P: Platform<Store = SqliteStore, Keys = SoftwareKeys, Timer = Backoff>,
        P::Transport: Clone,
    {
        let scalars = self.secrets.keys.expose();
        let keys = SoftwareKeys::from_scalars(scalars.each_ref().map(|scalar| &**scalar))?;
        Ok(ports(
            SqliteStore::new(&surroundings.database, &self.space),
            keys,
            transport.clone(),
            Backoff::up_to_ms(BACKOFF_MAX_MS),
            surroundings.clock.clone(),
        )?)
    }
}

/// Whether a retry may succeed: the servers are down, or lost the request when they were killed.
pub(crate) fn is_passing(error: &SyncError) -> bool {
    error.is_unavailable()
        || matches!(error, SyncError::Refused(refused) if refused.code() == Some(ErrorCode::ChallengeUnknown))
}

/// Waits before another try.
pub(crate) async fn wait(tries: u32) {
    let ceiling = Backoff::up_to_ms(BACKOFF_MAX_MS).ceiling_ms(tries);
    tokio::time::sleep(Duration::from_millis(ceiling)).await;
}
