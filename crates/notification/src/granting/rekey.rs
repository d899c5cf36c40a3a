//! Changes the message key: when a device is removed, which does not get the new key, or when the newest message cannot
//! be proven.

use crate::granting::grant::{GrantScope, own_id};
use crate::keys::message::{NewKey, next_epoch};
use crate::numbering::message::{Numbered, Numbering};
use crate::ports::Revocation;
use crate::store::channel::ChannelRow;
use crate::store::message_key::{self, MessageKeyRow};
use crate::store::{acts, channel, device, register};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use database::Transaction;
use protocol::{Entry, MessageKind, Rekey};
use types::{ChannelId, Time};

/// Maximum attempts when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

enum Rekeyed {
    Done,
    /// The device never had a grant, was removed before, or the revocation was processed already.
    Nothing,
    EpochChanged,
}

impl Notification {
    /// Numbers the rekey that excludes the device, and the entry that informs the other devices. When the call returns,
    /// the next numbered entry is under the new key. A repeated call does nothing, even with another number: ciam's
    /// tables were then restored from an older copy, and the device is revoked again. A device that never had a grant
    /// gets none afterwards.
    pub async fn rekey(&self, revocation: Revocation) -> Result<(), Failure> {
        for _ in 0..TRIES_MAX {
            match self.try_rekey(revocation).await? {
                Rekeyed::Done | Rekeyed::Nothing => return Ok(()),
                Rekeyed::EpochChanged => {}
            }
        }
        Err(Failure::Contended)
    }

    async fn try_rekey(&self, revocation: Revocation) -> Result<Rekeyed, Failure> {
        let channel = revocation.channel;
        let row = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?))
            .await?;
        let now = self.now();
        let act = Act::new(now, crate::ACTOR, "device.removed")
            .about(Subject::new("channel", channel))
            .about(Subject::new("device", revocation.device))
            .with("revocation", revocation.number);
        let Some(row) = row else {
            // No device of this customer has a grant. This device will not get one.
            self.database
                .write(async move |tx| {
                    if !device::revocation_done(tx, &revocation).await? {
                        device::remove(tx, &revocation).await?;
                        acts::record(tx, &act).await?;
                    }
                    Ok::<_, Failure>(())
                })
                .await?;
            return Ok(Rekeyed::Nothing);
        };
        let before = row.epoch;
        let epoch = next_epoch(Some(before), now)?;
        let new = self.make_message_key(channel, epoch).await?;
        let (keys, service) = (self.signing.current(), self.clone());
        let cause = format!("{}/{}", revocation.device, revocation.number);
        let entry_id = own_id("device.removed", &cause)?;
        let entry = Entry::device_removed(entry_id.clone(), now, revocation.device).encode();
        let act = act.with("epoch", new.key.epoch);
        let (rekeyed, generation, numbered) = self
            .database
            .write(async move |tx| {
                let row = channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))?;
                let (mut row, mut numbered) = (row, Vec::new());
                let generation = row.head.generation;
                if device::revocation_done(tx, &revocation).await? {
                    return Ok((Rekeyed::Nothing, generation, numbered));
                }
                if row.epoch != before {
                    return Ok((Rekeyed::EpochChanged, generation, numbered));
                }
                let known = device::find(tx, channel, revocation.device).await?;
                device::remove(tx, &revocation).await?;
                acts::record(tx, &act).await?;
                if known.is_none_or(|known| known.removed || known.agreement.is_none()) {
                    return Ok((Rekeyed::Nothing, generation, numbered));
                }
                let time = row.time(now);
                let numbering = Numbering { keys: &keys, time };
                numbered.push(
                    service
                        .number_rekey(tx, &mut row, &numbering, &new, now)
                        .await?,
                );
                if register::remember_own_entry(tx, channel, &entry_id).await? {
                    numbered.push(numbering.entry(tx, &mut row, &new.key, &entry).await?);
                }
                channel::advance(tx, &row).await?;
                Ok::<_, Failure>((Rekeyed::Done, generation, numbered))
            })
            .await?;
        self.outbox.offer(channel, generation, None, numbered);
        Ok(rekeyed)
    }

    /// Numbers a rekey because the newest message was numbered by a version that stored no proofs. The rekey has a
    /// proof. Does nothing if the channel advanced meanwhile.
    pub(crate) async fn renew_key(&self, channel: ChannelId) -> Result<(), Failure> {
        let before = self.channel_row(channel).await?;
        let (keys, service, now) = (self.signing.current(), self.clone(), self.now());
        let epoch = next_epoch(Some(before.epoch), now)?;
        let new = self.make_message_key(channel, epoch).await?;
        let act = Act::new(now, crate::ACTOR, "key.renewed")
            .about(Subject::new("channel", channel))
            .with("epoch", new.key.epoch);
        let generation = before.head.generation;
        let numbered = self
            .database
            .write(async move |tx| {
                let mut row = channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))?;
                if row.head != before.head || row.epoch != before.epoch {
                    return Ok(Vec::new());
                }
                let time = row.time(now);
                let numbering = Numbering { keys: &keys, time };
                let numbered = service
                    .number_rekey(tx, &mut row, &numbering, &new, now)
                    .await?;
                channel::advance(tx, &row).await?;
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(vec![numbered])
            })
            .await?;
        self.outbox.offer(channel, generation, None, numbered);
        Ok(())
    }

    /// Numbers a rekey with the grants of all readers, and stores the new key, which is the channel's key from then on.
    /// The caller stores `row`.
    async fn number_rekey(
        &self,
        tx: &mut Transaction<'_>,
        row: &mut ChannelRow,
        numbering: &Numbering<'_>,
        new: &NewKey,
        now: Time,
    ) -> Result<Numbered, Failure> {
        let (channel, epoch) = (row.head.channel, new.key.epoch);
        let scope = GrantScope {
            channel,
            generation: row.head.generation,
            first_number: row.head.number.next().next(),
        };
        let mut grants = Vec::new();
        for (id, agreement) in device::readers(tx, channel).await? {
            let grant = self.seal_for(scope, (id, &agreement), &new.key, now)?;
            device::insert_grant(tx, channel, id, epoch, &grant).await?;
            grants.push(grant);
        }
        let key = MessageKeyRow {
            epoch,
            first_number: scope.first_number,
            wrapped: new.wrapped.clone(),
        };
        message_key::insert(tx, channel, &key, now).await?;
        let body = Rekey { epoch, grants }.encode()?;
        let numbered = numbering.message(tx, row, MessageKind::Rekey, body).await?;
        channel::set_epoch(tx, channel, epoch).await?;
        Ok(numbered)
    }
}
