//! Checkpoints: the newest message of a channel, fresh by the device's nonce. They do not need the broker.

use crate::store::{channel, inbox, register};
use crate::{Failure, Notification, StatementRefused};
use envelope::Checkpoint;
use protocol::http::{CheckpointAnswer, CheckpointRequest};
use types::{ChannelId, DeviceId, KeyEpoch, Time};

/// Maximum attempts when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

/// Maximum age of a checkpoint's time.
const STATED_EVERY_MS: u64 = 1_000;

impl Notification {
    /// States the newest message of `channel` to one of its devices.
    pub async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementRefused> {
        self.check_in_order(channel).await?;
        let (keys, now) = (self.signing.current(), self.now());
        // If signing is impossible at this time, the time is not stored.
        keys.head(now)?;
        self.raise_stated(now).await?;
        for _ in 0..TRIES_MAX {
            let (epoch, grant) = self
                .current_grant(channel, device)
                .await?
                .ok_or(StatementRefused::NotAReader)?;
            let row = self
                .database
                .read(async move |tx| {
                    let row = channel::find(tx, channel).await?;
                    row.ok_or(Failure::Broken("a channel is missing"))
                })
                .await?;
            if row.contradicted {
                return Err(StatementRefused::BooksInRepair);
            }
            if row.epoch != epoch {
                continue;
            }
            let time = row.stated.max(row.head.time);
            let checkpoint = Checkpoint {
                channel,
                generation: row.head.generation,
                number: row.head.number,
                hash: row.head.hash,
                epoch,
                time,
                nonce: request.nonce,
            };
            let signed = checkpoint.sign(keys.head(time)?).map_err(Failure::from)?;
            return Ok(CheckpointAnswer {
                checkpoint: signed.into(),
                grant: lacks(request.epoch, epoch).then(|| grant.into()),
                trust: self.newer_trust(request.trust_version),
            });
        }
        Err(Failure::Contended.into())
    }

    /// Stores the current time, at most once a second, as the lower bound of the times of later messages and
    /// statements. A checkpoint only reads: its time is the newest stored time, at most a second old.
    async fn raise_stated(&self, now: Time) -> Result<(), Failure> {
        let mut raised = self.stated.lock().await;
        if now.ms_since(*raised) < STATED_EVERY_MS && *raised > Time::from_ms(0) {
            return Ok(());
        }
        *raised = self
            .database
            .write(async move |tx| Ok::<_, Failure>(register::raise_stated(tx, now).await?))
            .await?;
        Ok(())
    }

    /// Refuses a channel that no customer has.
    pub(crate) async fn check_known(&self, channel: ChannelId) -> Result<(), StatementRefused> {
        let known = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?))
            .await?;
        known.map(drop).ok_or(StatementRefused::ChannelUnknown)
    }

    /// Refuses a channel that may differ from the core bank's books. Nothing is stated about it.
    pub(crate) async fn check_in_order(&self, channel: ChannelId) -> Result<(), StatementRefused> {
        self.check_known(channel).await?;
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

/// Whether a device whose newest epoch is `known` lacks the grant for `current`. The device may have a later epoch from
/// a lost copy of the tables whose clock was ahead.
pub(crate) fn lacks(known: Option<KeyEpoch>, current: KeyEpoch) -> bool {
    known != Some(current)
}
