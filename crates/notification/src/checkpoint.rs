//! Checkpoints: the newest message of a channel, fresh by the device's nonce. The broker is not asked.

use crate::store::channel::{self, ChannelRow};
use crate::store::inbox;
use crate::{Failure, Notification, StatementRefused};
use envelope::Checkpoint;
use protocol::http::{CheckpointAnswer, CheckpointRequest};
use types::{ChannelId, DeviceId, KeyEpoch, Time};

/// Times that it is tried again because the key epoch changed meanwhile.
const TRIES_MAX: usize = 16;

/// What a statement about a channel rests on.
pub(crate) struct Standing {
    pub(crate) row: ChannelRow,
    /// Not below the newest message's time, nor the last statement's.
    pub(crate) time: Time,
    /// The device's grant for the channel's key epoch.
    pub(crate) grant: Vec<u8>,
}

impl Notification {
    /// States the newest message of `channel` to a device of it.
    pub async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementRefused> {
        let standing = self.standing(channel, device).await?;
        let head = standing.row.head;
        let checkpoint = Checkpoint {
            channel,
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            epoch: standing.row.epoch,
            time: standing.time,
            nonce: request.nonce,
        };
        let keys = self.signing.current();
        let signed = checkpoint
            .sign(keys.head(standing.time)?)
            .map_err(Failure::from)?;
        Ok(CheckpointAnswer {
            checkpoint: signed.into(),
            grant: newer(request.epoch, standing.row.epoch).then(|| standing.grant.into()),
            trust: self.newer_trust(request.trust_version),
        })
    }

    /// The channel's state as it is stated to a device now, if that is a reader.
    pub(crate) async fn standing(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<Standing, StatementRefused> {
        let known = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?))
            .await?;
        if known.is_none() {
            return Err(StatementRefused::ChannelUnknown);
        }
        self.confirm_in_order(channel).await?;
        for _ in 0..TRIES_MAX {
            let (epoch, grant) = self
                .current_grant(channel, device)
                .await?
                .ok_or(StatementRefused::NotAReader)?;
            let (now, keys) = (self.now(), self.signing.current());
            let (row, time) = self
                .database
                .write(async move |tx| {
                    let row = channel::find(tx, channel)
                        .await?
                        .ok_or(Failure::Broken("a channel is missing"))?;
                    if row.contradicted {
                        return Err(StatementRefused::BooksInRepair);
                    }
                    let time = row.time(now);
                    // What cannot be signed leaves nothing behind.
                    keys.head(time)?;
                    channel::set_stated(tx, channel, time).await?;
                    Ok((row, time))
                })
                .await?;
            if row.epoch == epoch {
                return Ok(Standing { row, time, grant });
            }
        }
        Err(Failure::Contended.into())
    }
}

impl Notification {
    /// Nothing is stated about a channel while it is not known whether it has what the core bank's books have.
    async fn confirm_in_order(&self, channel: ChannelId) -> Result<(), StatementRefused> {
        let confirmed = self.books.try_read().map(|books| books.is_some());
        match confirmed {
            Ok(true) => {}
            Ok(false) => self.confirm_books().await?,
            Err(_) => return Err(Failure::BooksChanged.into()),
        }
        if self.nothing_is_stopped() {
            return Ok(());
        }
        let stopped = self
            .database
            .read(async move |tx| Ok::<_, Failure>(inbox::follows_stopped(tx, channel).await?))
            .await?;
        if stopped {
            return Err(StatementRefused::BooksInRepair);
        }
        Ok(())
    }
}

/// Whether a device that has `known` lacks the grant for `current`.
pub(crate) fn newer(known: Option<KeyEpoch>, current: KeyEpoch) -> bool {
    known.is_none_or(|known| known < current)
}
