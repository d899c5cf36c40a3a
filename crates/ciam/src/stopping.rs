//! The customer's kill switch: everything is revoked and all orders are stopped. Only the bank undoes it.

use crate::audit_log::Act;
use crate::bank_actor::{BankActor, RevokedBy};
use crate::ciam::Ciam;
use crate::errors::{Failure, ResumeError, RevokeError, StopError};
use crate::openid;
use crate::ports::PortError;
use crate::store::revocation::RevocationRow;
use crate::store::stop::StopRow;
use crate::store::{self, CustomerIndex, code, device, revocation, session, stop};
use database::Transaction;
use protocol::http::EverythingStopped;
use std::error::Error;
use std::time::Duration;
use thiserror::Error;
use types::{CustomerId, DeviceId};

/// Time for which a device waits for what follows its stop. Its request keeps others from enrolling meanwhile.
const FOLLOWED: Duration = Duration::from_secs(2);

/// Maximum stops in one read.
const PAGE: u32 = 256;

/// Why gateway has not done what was committed.
#[derive(Debug, Error)]
pub(crate) enum TellStopError {
    #[error("gateway was not told")]
    NotTold(#[source] PortError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Why what follows a stop by the bank is not done.
#[derive(Debug, Error)]
pub(crate) enum FollowStopError {
    #[error(transparent)]
    NotTold(#[from] TellStopError),
    #[error(transparent)]
    NotRekeyed(#[from] RevokeError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Ciam {
    /// Stops everything of the customer of `device`: revokes all devices, this one included, ends all sessions, and has
    /// gateway stop the orders. Until [`resume_customer`](Self::resume_customer) no device is enrolled.
    ///
    /// The stop is one transaction. What follows it goes on if the caller does not wait, and [`run`](Self::run) repeats it
    /// until it is done. It is waited for only a while: then the answer is without the number of orders. A call after the
    /// stop answers like the first.
    pub async fn stop_everything(&self, device: DeviceId) -> Result<EverythingStopped, StopError> {
        let (row, revocations) = self.commit_stop(device).await?;
        let (stopped, devices) = (row.changed, row.devices);
        let ciam = self.clone();
        let following = tokio::spawn(async move { ciam.follow_stop(row, revocations).await });
        let orders = match tokio::time::timeout(FOLLOWED, following).await {
            Ok(followed) => followed.map_err(|_| Failure::Ended)?,
            Err(_) => None,
        };
        Ok(EverythingStopped {
            stopped,
            devices,
            orders,
        })
    }

    async fn commit_stop(
        &self,
        device: DeviceId,
    ) -> Result<(StopRow, Vec<RevocationRow>), StopError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StopError> {
                    let asking = device::find(tx, device).await?;
                    let asking = asking.ok_or(StopError::DeviceRevoked)?;
                    let customer = asking.customer;
                    if let Some(stop) = stop::find(tx, customer).await?
                        && stop.stopped
                    {
                        return Ok((stop, Vec::new()));
                    }
                    if asking.revocation.is_some() {
                        return Err(StopError::DeviceRevoked);
                    }
                    let whose = (customer, asking.sealed_customer);
                    let by = RevokedBy::Device(device);
                    Ok(ciam.stop_in(tx, whose, &by).await?)
                },
            )
            .await
    }

    /// Stores the stop of a customer, whose number is sealed: no device, session or grant remains.
    async fn stop_in(
        &self,
        tx: &mut Transaction<'_>,
        (customer, sealed): (CustomerIndex, Vec<u8>),
        by: &RevokedBy,
    ) -> Result<(StopRow, Vec<RevocationRow>), Failure> {
        let now = self.now();
        let mut revocations = Vec::new();
        for row in device::current(tx, customer).await? {
            let number = store::next_number(tx, now).await?;
            let revoked = (row.device, row.channel);
            revocation::insert(tx, number, revoked, (now, true)).await?;
            let act = Act::DeviceRevoked {
                device: row.device,
                revocation: number,
                by: by.clone(),
            };
            self.record(tx, &act).await?;
            revocations.extend(revocation::find(tx, row.device).await?);
        }
        session::end_all(tx, customer).await?;
        openid::end_all(tx, customer, now).await?;
        let devices = u64::try_from(revocations.len()).unwrap_or(u64::MAX);
        let stop = StopRow {
            customer,
            sealed,
            number: store::next_number(tx, now).await?,
            stopped: true,
            changed: now,
            devices,
            told: false,
        };
        stop::put(tx, &stop).await?;
        let act = Act::CustomerStopped {
            customer,
            by: by.clone(),
            devices,
        };
        self.record(tx, &act).await?;
        Ok((stop, revocations))
    }

    /// The same by the bank: what [`stop_everything`](Self::stop_everything) does. A stop that is there already stays.
    pub(crate) async fn revoke_all_in(
        &self,
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
        by: &BankActor,
    ) -> Result<StopRow, Failure> {
        let index = self.customer_index(customer);
        let stop = stop::find(tx, index).await?;
        if let Some(stop) = stop.filter(|stop| stop.stopped) {
            return Ok(stop);
        }
        let by = RevokedBy::Bank(by.clone());
        let whose = (index, self.seal_customer(customer)?);
        Ok(self.stop_in(tx, whose, &by).await?.0)
    }

    /// Has what follows a stop by the bank done: streams closed, channels rekeyed, orders stopped.
    pub(crate) async fn follow_revoke_all(
        &self,
        customer: &CustomerId,
    ) -> Result<(), FollowStopError> {
        let index = self.customer_index(customer);
        let (stop, revocations) = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let stop = stop::find(tx, index).await?;
                    Ok((stop, revocation::of_stop(tx, index).await?))
                },
            )
            .await?;
        // At once, as for a stop by the customer: nothing of it waits for the rest.
        if let Some(newest) = revocations.last() {
            self.announce(newest.number);
        }
        let rekeys = async {
            for revocation in &revocations {
                self.rekey(revocation).await?;
            }
            Ok::<_, FollowStopError>(())
        };
        let tell = async {
            if let Some(untold) = stop.filter(|stop| stop.stopped && !stop.told) {
                self.tell_stop(&untold).await?;
            }
            Ok::<_, FollowStopError>(())
        };
        let (told, rekeyed) = tokio::join!(tell, rekeys);
        told.and(rekeyed)
    }

    /// Has the streams closed, the orders stopped and the channel rekeyed. Returns how many orders ended.
    async fn follow_stop(&self, row: StopRow, revocations: Vec<RevocationRow>) -> Option<u64> {
        if let Some(newest) = revocations.last() {
            self.announce(newest.number);
        }
        let rekeys = async {
            for revocation in &revocations {
                // The failure has been logged. The others are rekeyed with it, later.
                if self.rekey(revocation).await.is_err() {
                    break;
                }
            }
        };
        let (told, ()) = tokio::join!(self.tell_stop(&row), rekeys);
        if let Err(error) = &told {
            let cause: &dyn Error = error;
            tracing::error!(cause, "a stopped customer's orders are not stopped yet");
        }
        told.ok().flatten()
    }

    /// Has gateway do what was committed. Returns how many orders ended because of a stop. `None` if gateway knows a newer
    /// end of it.
    pub(crate) async fn tell_stop(&self, row: &StopRow) -> Result<Option<u64>, TellStopError> {
        let customer = self.open_customer(&row.sealed)?;
        let orders = &self.inner.orders;
        let ended = if row.stopped {
            let asked = orders.stop(&customer, row.number).await;
            asked.map_err(TellStopError::NotTold)?
        } else {
            let asked = orders.resume(&customer, row.number).await;
            asked.map_err(TellStopError::NotTold)?;
            None
        };
        let row = row.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(stop::mark_told(tx, &row).await?)
                },
            )
            .await?;
        Ok(ended)
    }

    /// Has gateway do the stops, and the ends of stops, that it has not done. Returns how many it did, and how many wait.
    pub async fn tell_stops(&self) -> Result<[usize; 2], Failure> {
        let [mut done, mut waiting] = [0; 2];
        let mut after = 0;
        loop {
            let page = self.untold_stops(after).await?;
            let Some(last) = page.last() else {
                return Ok([done, waiting]);
            };
            after = last.number;
            for stop in &page {
                if let Err(error) = self.tell_stop(stop).await {
                    let cause: &dyn Error = &error;
                    tracing::error!(
                        cause,
                        "gateway has still not done a customer's stop, or its end"
                    );
                    waiting += 1;
                } else {
                    done += 1;
                }
            }
        }
    }

    async fn untold_stops(&self, after: u64) -> Result<Vec<StopRow>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| Ok(stop::untold(tx, after, PAGE).await?))
            .await
    }

    /// Has gateway told of all stops again.
    pub(crate) async fn tell_stops_again(&self) -> Result<(), Failure> {
        self.inner
            .database
            .write(async move |tx: &mut Transaction<'_>| Ok(stop::tell_again(tx).await?))
            .await
    }

    /// Ends a customer's stop because of `reason`. The customer may order again, and devices may be enrolled with new
    /// codes; codes from before are deleted. Devices and sessions stay ended, and stopped orders stay stopped. Returns
    /// whether the customer had stopped everything.
    ///
    /// gateway is told even if there was no stop, because these tables may be an older copy. A call after a failure goes
    /// on with the end that it stored.
    pub async fn resume_customer(
        &self,
        customer: &CustomerId,
        reason: &str,
    ) -> Result<bool, ResumeError> {
        let exists = self.inner.customers.exists(customer).await;
        if !exists.map_err(ResumeError::NotAsked)? {
            return Err(ResumeError::CustomerUnknown);
        }
        let by = BankActor::operator_because(reason);
        loop {
            match self.commit_end(customer, &by).await? {
                // What was accepted before the stop has to end before the customer may order again.
                Err(untold) => self.tell_stop(&untold).await?,
                Ok((was_stopped, end)) => {
                    self.tell_stop(&end).await?;
                    return Ok(was_stopped);
                }
            };
        }
    }

    /// Stores the end of the customer's stop, and whether there was one. The stop, if gateway has not done it yet.
    async fn commit_end(
        &self,
        customer: &CustomerId,
        by: &BankActor,
    ) -> Result<Result<(bool, StopRow), StopRow>, Failure> {
        let (ciam, customer, by) = (self.clone(), customer.clone(), by.clone());
        self.inner
            .database
            .write(async move |tx: &mut Transaction<'_>| ciam.end_stop_in(tx, &customer, &by).await)
            .await
    }

    pub(crate) async fn end_stop_in(
        &self,
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
        by: &BankActor,
    ) -> Result<Result<(bool, StopRow), StopRow>, Failure> {
        let index = self.customer_index(customer);
        let before = stop::find(tx, index).await?;
        match &before {
            Some(end) if !end.stopped => return Ok(Ok((true, end.clone()))),
            Some(stop) if !stop.told => return Ok(Err(stop.clone())),
            _ => {}
        }
        let now = self.now();
        let row = StopRow {
            customer: index,
            sealed: self.seal_customer(customer)?,
            number: store::next_number(tx, now).await?,
            stopped: false,
            changed: now,
            devices: 0,
            told: false,
        };
        stop::put(tx, &row).await?;
        if before.is_some() {
            code::delete_unused(tx, index).await?;
            let act = Act::CustomerResumed {
                customer: index,
                by: by.clone(),
            };
            self.record(tx, &act).await?;
        }
        Ok(Ok((before.is_some(), row)))
    }
}

impl From<TellStopError> for ResumeError {
    fn from(error: TellStopError) -> Self {
        match error {
            TellStopError::NotTold(cause) => Self::NotTold(cause),
            TellStopError::Failed(failure) => Self::Failed(failure),
        }
    }
}
