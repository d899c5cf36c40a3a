//! Checkpoints: the newest message of a channel, fresh by the device's nonce. The broker is not asked.

use crate::store::{channel, inbox, register};
use crate::{Failure, Notification, StatementRefused};
use envelope::Checkpoint;
use protocol::http::{CheckpointAnswer, CheckpointRequest};
use types::{ChannelId, DeviceId, KeyEpoch, Time};

/// Times that it is tried again because the key epoch changed meanwhile.
const TRIES_MAX: usize = 16;

/// How old the time of a checkpoint may be.
const STATED_EVERY_MS: u64 = 1_000;

impl Notification {
    /// States the newest message of `channel` to a device of it.
    pub async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementRefused> {
        self.check_in_order(channel).await?;
        let (keys, now) = (self.signing.current(), self.now());
        // A time at which nothing can be signed is not written down.
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

    /// Writes down, at most once a second, that nothing is numbered or stated any more below the time that it is now. A
    /// checkpoint only reads, and its time is the newest that is written down: at most a second ago.
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

    /// Refuses a channel of which it is not known whether it has what the core bank's books have: nothing is stated of it.
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

/// Whether a device whose newest epoch is `known` lacks the grant for `current`. It may have a later one, of a copy of our
/// tables that was lost and whose clock was ahead.
pub(crate) fn lacks(known: Option<KeyEpoch>, current: KeyEpoch) -> bool {
    known != Some(current)
}
