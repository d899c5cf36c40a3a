//! Entries that notification makes itself, which all the customer's devices see.

use crate::numbering::message::Numbering;
use crate::store::{acts, channel, register};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use protocol::Entry;
use types::ChannelId;

/// Maximum attempts when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

impl Notification {
    /// Numbers an entry whose id names its cause. A repeated call does nothing.
    pub(crate) async fn number_own(
        &self,
        channel: ChannelId,
        entry: &Entry,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES_MAX {
            if self.try_to_number(channel, entry).await? {
                return Ok(());
            }
        }
        Err(Failure::Contended)
    }

    /// Numbers the entry. Returns false if the key epoch changed meanwhile.
    async fn try_to_number(&self, channel: ChannelId, entry: &Entry) -> Result<bool, Failure> {
        let row = self.channel_row(channel).await?;
        let epoch = row.epoch;
        let key = self.current_key(channel, epoch).await?;
        let (keys, now) = (self.signing.current(), self.now());
        let id = entry.id.clone();
        let act = Act::new(now, crate::ACTOR, "entry.made")
            .about(Subject::new("channel", channel))
            .with("kind", &entry.kind);
        let entry = entry.encode();
        let shown = self
            .database
            .write(async move |tx| {
                let row = channel::find(tx, channel).await?;
                let mut row = row.ok_or(Failure::Broken("a channel is missing"))?;
                let generation = row.head.generation;
                if row.epoch != epoch {
                    return Ok(None);
                }
                let mut numbered = Vec::new();
                if register::remember_own_entry(tx, channel, &id).await? {
                    let time = row.time(now);
                    let numbering = Numbering { keys: &keys, time };
                    numbered.push(numbering.entry(tx, &mut row, &key, &entry).await?);
                    channel::advance(tx, &row).await?;
                    acts::record(tx, &act).await?;
                }
                Ok::<_, Failure>(Some((generation, numbered)))
            })
            .await?;
        let Some((generation, numbered)) = shown else {
            return Ok(false);
        };
        self.outbox.offer(channel, generation, None, numbered);
        Ok(true)
    }
}
