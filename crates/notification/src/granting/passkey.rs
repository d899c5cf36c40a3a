//! Shows a customer's devices which passkeys were added and removed.

use super::grant::own_id;
use crate::numbering::message::Numbering;
use crate::store::{acts, channel, register};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use protocol::{Entry, EntryKind};
use types::{ChannelId, DeviceId, PasskeyId};

/// Maximum attempts when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

/// A passkey that a customer added or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyChange {
    /// Names the passkey's registration. With `added`, unlike that of every other change.
    pub cause: String,
    /// Whether the passkey was added; otherwise it was removed.
    pub added: bool,
    /// The passkey.
    pub passkey: PasskeyId,
    /// The device by which the customer did it.
    pub device: DeviceId,
}

impl Notification {
    /// Numbers the entry that shows a passkey's change to the customer's devices. A repeated call does nothing.
    pub async fn passkey_changed(
        &self,
        channel: ChannelId,
        change: &PasskeyChange,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES_MAX {
            if self.try_to_show(channel, change).await? {
                return Ok(());
            }
        }
        Err(Failure::Contended)
    }

    /// Numbers the entry. Returns false if the key epoch changed meanwhile.
    async fn try_to_show(
        &self,
        channel: ChannelId,
        change: &PasskeyChange,
    ) -> Result<bool, Failure> {
        let row = self.channel_row(channel).await?;
        let epoch = row.epoch;
        let key = self.current_key(channel, epoch).await?;
        let (keys, now) = (self.signing.current(), self.now());
        let kind = match change.added {
            true => EntryKind::PasskeyAdded,
            false => EntryKind::PasskeyRemoved,
        };
        let id = own_id(kind.as_str(), &change.cause)?;
        let what = (change.passkey, change.device);
        let entry = Entry::of_passkey(id.clone(), kind.clone(), now, what).encode();
        let act = Act::new(now, crate::ACTOR, "entry.made")
            .about(Subject::new("channel", channel))
            .with("kind", kind);
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
