//! Completes work that a crash or a failure of another service interrupted.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::device::{self, DeviceRow};
use crate::store::revocation::{self, RevocationRow};
use database::Transaction;
use std::error::Error;
use std::time::Duration;
use types::Time;

/// Maximum devices or revocations in one read.
const PAGE: u32 = 256;

/// The result of a resumption.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resumed {
    /// Devices that got their grant.
    pub granted: usize,
    /// Revocations whose rekey was numbered.
    pub rekeyed: usize,
    /// Changes of who has access that notification was told.
    pub told: usize,
    /// Devices, revocations, changes and erasures that still wait.
    pub waiting: usize,
}

impl Ciam {
    /// Has missing rekeys numbered and missing grants made, the rekeys first, tells notification of changes of
    /// who has access, and has it erase customers. A device
    /// whose enrolment is younger than the retry interval is left to its own request.
    pub async fn resume(&self) -> Result<Resumed, Failure> {
        let mut resumed = Resumed::default();
        let mut after = 0;
        loop {
            let page = self.without_rekey(after).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            for revocation in &page {
                match self.rekey(revocation).await {
                    Ok(()) => resumed.rekeyed += 1,
                    // The failure has been logged.
                    Err(_) => resumed.waiting += 1,
                }
            }
        }
        let before = self.now().minus_ms(self.inner.settings.retry_interval_ms);
        after = 0;
        loop {
            let page = self.without_grant(after, before).await?;
            let Some(last) = page.last() else { break };
            after = last.statement_number;
            for device in &page {
                if let Err(error) = self.provide(device).await {
                    let cause: &dyn Error = &error;
                    tracing::warn!(device = %device.device, cause, "a device still has no grant");
                    resumed.waiting += 1;
                } else {
                    resumed.granted += 1;
                }
            }
        }
        let mut last = None;
        loop {
            let page = self.untold(last, PAGE).await?;
            last = page.last().cloned();
            for change in page {
                match self.tell(change).await {
                    Ok(()) => resumed.told += 1,
                    Err(error) => {
                        let cause: &dyn Error = &error;
                        tracing::warn!(cause, "devices still do not see a change of access");
                        resumed.waiting += 1;
                    }
                }
            }
            if last.is_none() {
                break;
            }
        }
        resumed.waiting += self.finish_erasures().await?;
        self.tell_all_raised().await?;
        Ok(resumed)
    }

    pub(crate) async fn without_rekey(&self, after: u64) -> Result<Vec<RevocationRow>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Ok(revocation::without_rekey(tx, after, PAGE).await?)
            })
            .await
    }

    async fn without_grant(&self, after: u64, before: Time) -> Result<Vec<DeviceRow>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Ok(device::without_grant(tx, after, before, PAGE).await?)
            })
            .await
    }

    /// Resumes interrupted work, has gateway do stops, and makes keys in time, for ever: at the start and after each retry
    /// interval. Run it as long as the service runs; it may be dropped at any time.
    pub async fn run(&self) {
        // Each stop waits as long as gateway waits for the core bank, and nothing waits for the stops, or for clients.
        tokio::join!(self.run_stops(), self.run_hearing(), self.run_others());
    }

    async fn run_stops(&self) {
        let mut knows_all = false;
        loop {
            let told = async {
                if !knows_all {
                    self.tell_stops_again().await?;
                    knows_all = true;
                }
                self.tell_stops().await
            };
            if let Err(failure) = told.await {
                let cause: &dyn Error = &failure;
                tracing::error!(cause, "gateway could not be told of stopped customers");
            }
            tokio::time::sleep(self.retry_interval()).await;
        }
    }

    async fn run_hearing(&self) {
        loop {
            if let Err(failure) = self.tell_clients().await {
                let cause: &dyn Error = &failure;
                tracing::error!(cause, "clients could not be told what they have to hear");
            }
            tokio::time::sleep(self.retry_interval()).await;
        }
    }

    async fn run_others(&self) {
        loop {
            if let Err(failure) = self.resume().await {
                let cause: &dyn Error = &failure;
                tracing::error!(cause, "interrupted work could not be resumed");
            }
            if let Err(failure) = self.ensure_keys().await {
                let cause: &dyn Error = &failure;
                tracing::error!(cause, "signing keys could not be made in time");
            }
            tokio::time::sleep(self.retry_interval()).await;
        }
    }

    fn retry_interval(&self) -> Duration {
        Duration::from_millis(self.inner.settings.retry_interval_ms)
    }
}
