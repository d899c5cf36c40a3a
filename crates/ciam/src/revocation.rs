//! Revocation of a device: commits the revocation, has the channel rekeyed, and only then confirms.

use crate::audit_log::Act;
use crate::bank_actor::{BankActor, RevokedBy};
use crate::ciam::Ciam;
use crate::errors::{Failure, RevokeError};
use crate::store::revocation::RevocationRow;
use crate::store::{self, code, device, held_by_clients, revocation, session};
use database::Transaction;
use protocol::http::Revoked;
use tokio::sync::watch;
use types::{ChannelId, DeviceId};

/// A revocation, for edges, which close streams, and for notification, which makes no more grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Its number, in one sequence with the device statements.
    pub number: u64,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The device.
    pub device: DeviceId,
    /// Whether the customer stopped everything, and the device was revoked with all the others.
    pub by_stop: bool,
}

impl Ciam {
    /// Revokes a device. Returns once notification has numbered the rekey, so that later messages are under a key that
    /// the device does not have. If the rekey fails, edges exclude the device nevertheless; [`run`](Self::run) retries
    /// the rekey, and so does a repeated call.
    pub async fn revoke(&self, device: DeviceId) -> Result<Revoked, RevokeError> {
        let channel = self.channel_of_device(device).await?;
        let ciam = self.clone();
        let revocation = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let by = RevokedBy::Bank(BankActor::OPERATOR);
                    ciam.revoke_in(tx, (device, channel), by).await
                },
            )
            .await?;
        self.rekey(&revocation).await?;
        Ok(Revoked {
            device,
            revocation: revocation.number,
        })
    }

    /// Stores the revocation of a device, by the bank or `by` a device of the customer, unless there is one.
    pub(crate) async fn revoke_in(
        &self,
        tx: &mut Transaction<'_>,
        (device, channel): (DeviceId, ChannelId),
        by: RevokedBy,
    ) -> Result<RevocationRow, Failure> {
        if let Some(committed) = revocation::find(tx, device).await? {
            return Ok(committed);
        }
        let now = self.now();
        let number = store::next_number(tx, now).await?;
        revocation::insert(tx, number, (device, channel), (now, false)).await?;
        session::end_of_device(tx, device).await?;
        held_by_clients::end_of_device(tx, device, now).await?;
        code::delete_made_by(tx, device).await?;
        let act = Act::DeviceRevoked {
            device,
            revocation: number,
            by,
        };
        self.record(tx, &act).await?;
        Ok(RevocationRow {
            number,
            device,
            channel,
            rekeyed: None,
            by_stop: false,
        })
    }

    /// If ciam does not know the device, its tables may have been restored from an older copy. notification then knows
    /// the device, and its token is still valid.
    pub(crate) async fn channel_of_device(
        &self,
        device: DeviceId,
    ) -> Result<ChannelId, RevokeError> {
        let known = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    match revocation::find(tx, device).await? {
                        Some(committed) => Ok(Some(committed.channel)),
                        None => Ok(device::find(tx, device).await?.map(|row| row.channel)),
                    }
                },
            )
            .await?;
        if let Some(channel) = known {
            return Ok(channel);
        }
        let asked = self.inner.grants.channel_of_device(device).await;
        asked
            .map_err(RevokeError::NotAsked)?
            .ok_or(RevokeError::DeviceUnknown)
    }

    /// Informs the edges, and has notification number the rekey unless it has.
    pub(crate) async fn rekey(&self, row: &RevocationRow) -> Result<(), RevokeError> {
        self.announce(row.number);
        if row.rekeyed.is_some() {
            return Ok(());
        }
        let RevocationRow {
            number,
            device,
            channel,
            ..
        } = *row;
        if let Err(cause) = self.inner.grants.rekey(channel, device, number).await {
            tracing::error!(
                %device,
                revocation = number,
                cause = %cause.source,
                "a revoked device's channel has no new key yet; retrying"
            );
            return Err(RevokeError::NotRekeyed(cause));
        }
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    if revocation::mark_rekeyed(tx, number, ciam.now()).await? {
                        ciam.record(
                            tx,
                            &Act::Rekeyed {
                                device,
                                revocation: number,
                            },
                        )
                        .await?;
                    }
                    Ok(())
                },
            )
            .await?;
        Ok(())
    }

    /// Informs the edges of the revocations up to a number.
    pub(crate) fn announce(&self, number: u64) {
        self.inner.newest_revocation.send_if_modified(|newest| {
            let news = *newest < number;
            *newest = number.max(*newest);
            news
        });
    }

    /// The number of the newest revocation, and each newer one as soon as it is committed: edges in the same process
    /// need not wait for their next request.
    #[must_use]
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.inner.newest_revocation.subscribe()
    }

    /// The first `limit` revocations after `number`, in order, including those that were just committed.
    ///
    /// The caller has followed ciam up to `number`, so no number up to it is used again.
    pub async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, Failure> {
        self.skip_followed_numbers(number).await?;
        let rows = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| revocation::after(tx, number, limit).await)
            .await?;
        let published = |row: RevocationRow| Revocation {
            number: row.number,
            channel: row.channel,
            device: row.device,
            by_stop: row.by_stop,
        };
        Ok(rows.into_iter().map(published).collect())
    }
}
