//! Starts a later generation of a channel when the bank or the broker lost messages that devices have.

use crate::counters::Counts;
use crate::failure::chain;
use crate::keys::message::next_epoch;
use crate::store::message_key::{self, MessageKeyRow};
use crate::store::{acts, channel, inbox, outgoing, seen};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use envelope::Head;
use types::{ChannelId, Generation, Number};

impl Notification {
    /// Starts the generation after `generation`, unless the channel is in a later one already. The new generation has a
    /// message key of its own. Each device gets its grant with its next checkpoint or snapshot.
    pub(crate) async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
        reason: &'static str,
    ) -> Result<(), Failure> {
        loop {
            let row = self.channel_row(channel).await?;
            if row.head.generation > generation {
                break;
            }
            let next = generation.next();
            let now = self.now();
            let epoch = next_epoch(Some(row.epoch), now)?;
            let key = self.make_message_key(channel, epoch).await?;
            let act = Act::new(now, crate::ACTOR, "channel.restarted")
                .about(Subject::new("channel", channel))
                .with("generation", next)
                .with("after", row.head.position())
                .with("reason", reason);
            let restarted = self
                .database
                .write(async move |tx| {
                    let current = channel::find(tx, channel)
                        .await?
                        .ok_or(Failure::Broken("a channel is missing"))?;
                    if current.head.generation > generation || current.epoch != row.epoch {
                        return Ok(false);
                    }
                    let start = Head::start(channel, next);
                    channel::restart(tx, &start, epoch).await?;
                    let key = MessageKeyRow {
                        epoch,
                        first_number: Number::ZERO.next(),
                        wrapped: key.wrapped.clone(),
                    };
                    message_key::insert(tx, channel, &key, now).await?;
                    outgoing::forget_before(tx, channel, next).await?;
                    // The books are read after this point. The channel then starts with what they contain.
                    seen::forget(tx, channel).await?;
                    inbox::forget_channel(tx, channel).await?;
                    acts::record(tx, &act).await?;
                    Ok::<_, Failure>(true)
                })
                .await?;
            if restarted {
                Counts::add(&self.counts.restarts, 1);
                tracing::error!(%channel, generation = %next, reason, "a channel was restarted");
                break;
            }
        }
        let row = self.channel_row(channel).await?;
        self.outbox.mark(channel, row.head.generation);
        // If the core bank does not answer now, the comparison retries.
        if let Err(failure) = self.make_ready(channel).await {
            tracing::warn!(%channel, error = chain(&failure), "the channel is not ready yet");
        }
        Ok(())
    }

    pub(crate) async fn channel_row(
        &self,
        channel: ChannelId,
    ) -> Result<channel::ChannelRow, Failure> {
        self.database
            .read(async move |tx| {
                channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))
            })
            .await
    }
}
