//! Deletes what is no longer needed: messages that the broker has, keys of messages that the broker trimmed, old
//! snapshots.

use crate::store::{acts, message_key, outgoing, snapshot};
use crate::{Failure, Notification};
use audit::Act;
use types::Time;

/// Maximum stored messages deleted in one transaction.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// Maximum snapshots deleted in one transaction.
const SNAPSHOTS_FORGOTTEN_AT_ONCE: usize = 16;

impl Notification {
    /// Deletes what is no longer needed.
    pub(crate) async fn forget(&self) -> Result<(), Failure> {
        let kept = self.forget_kept().await;
        kept.and(self.forget_snapshots().await)
    }

    /// Deletes messages that were acknowledged long enough ago, and keys of epochs without messages.
    async fn forget_kept(&self) -> Result<(), Failure> {
        let now = self.now();
        let before = now.minus_ms(self.settings.kept_ms);
        let stuck = self
            .database
            .write(async move |tx| Ok::<_, Failure>(outgoing::note_acknowledged(tx, now).await?))
            .await?;
        for channel in stuck {
            tracing::error!(%channel, "the broker accepts no message of a channel; its messages are kept");
        }
        loop {
            let forgotten = self
                .database
                .write(async move |tx| {
                    Ok::<_, Failure>(
                        outgoing::forget_acknowledged(tx, before, FORGOTTEN_AT_ONCE).await?,
                    )
                })
                .await?;
            if forgotten < FORGOTTEN_AT_ONCE {
                break;
            }
        }
        self.destroy_trimmed_keys(now).await
    }

    /// Destroys the message keys of epochs whose last message the broker has trimmed by its age.
    async fn destroy_trimmed_keys(&self, now: Time) -> Result<(), Failure> {
        let before = now.minus_ms(self.settings.retention_ms);
        loop {
            let act = Act::new(now, crate::ACTOR, "message_keys.destroyed");
            let destroyed = self
                .database
                .write(async move |tx| {
                    let destroyed = message_key::destroy(tx, before, FORGOTTEN_AT_ONCE).await?;
                    if !destroyed.is_empty() {
                        acts::record(tx, &act.clone().with("keys", destroyed.len())).await?;
                    }
                    Ok::<_, Failure>(destroyed)
                })
                .await?;
            for (channel, epoch) in &destroyed {
                self.message_keys.forget(&(*channel, *epoch));
            }
            if destroyed.len() < FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Deletes snapshots whose parts and pages can no longer be requested.
    async fn forget_snapshots(&self) -> Result<(), Failure> {
        let now = self.now();
        loop {
            let forgotten = self
                .database
                .write(async move |tx| {
                    let most = SNAPSHOTS_FORGOTTEN_AT_ONCE;
                    Ok::<_, Failure>(snapshot::forget_old(tx, now, most).await?)
                })
                .await?;
            if forgotten < SNAPSHOTS_FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }
}
