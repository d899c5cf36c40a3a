//! Grants the message key to a device named in a device statement of ciam.

use crate::keys::epoch_key::EpochKey;
use crate::keys::message::next_epoch;
use crate::numbering::message::Numbering;
use crate::ports::Revocation;
use crate::store::message_key::{self, MessageKeyRow};
use crate::store::{acts, channel, device, register};
use crate::{Failure, GrantRefused, Notification};
use audit::{Act, Subject};
use envelope::{DeviceStatement, GrantTerms, Head, seal_grant};
use protocol::{Entry, REKEY_GRANTS_MAX};
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use types::{
    ChannelId, DeviceId, EventId, Generation, KeyEpoch, Number, Position, PublicKey, Time,
};

/// Maximum attempts when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

/// Maximum revocations in one request.
const REVOCATIONS_PAGE: usize = 1_000;

/// A grant as the device gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The grant: a Sign1.
    pub grant: Vec<u8>,
    /// The channel of the grant.
    pub channel: ChannelId,
    /// The key epoch of the grant.
    pub epoch: KeyEpoch,
    /// The channel's position at the time of the grant.
    pub position: Position,
}

/// The channel, generation and epoch of a grant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrantScope {
    pub(crate) channel: ChannelId,
    pub(crate) generation: Generation,
    pub(crate) first_number: Number,
}

/// The id of an entry that notification makes itself: its kind and its cause.
pub(crate) fn own_id(kind: &str, cause: &str) -> Result<EventId, Failure> {
    format!("{kind}/{cause}")
        .parse()
        .map_err(|_| Failure::Broken("the id of an entry of notification's own"))
}

impl Notification {
    /// Makes the grant for the device in a device statement (Sign1 bytes), for the current key epoch of its channel,
    /// and numbers the entry that shows the device to the customer's other devices. A repeated call returns the same
    /// grant, or that of a later epoch.
    ///
    /// The first grant of a customer commits the channel before it reads the core bank's books. Events that the bank
    /// commits in between wait in the inbox.
    pub async fn grant(&self, statement: &[u8]) -> Result<Granted, GrantRefused> {
        let keys = self.signing.current();
        let statement = DeviceStatement::verify(statement, keys.trust()?)?;
        if self.is_revoked(&statement).await? {
            return Err(GrantRefused::Revoked);
        }
        self.open_channel(&statement).await?;
        self.make_ready(statement.channel).await?;
        for _ in 0..TRIES_MAX {
            if let Some(granted) = self.try_grant(&statement).await? {
                return Ok(granted);
            }
        }
        Err(Failure::Contended.into())
    }

    async fn is_revoked(&self, statement: &DeviceStatement) -> Result<bool, Failure> {
        let mut after = statement.number;
        loop {
            let revocations = self
                .devices
                .revocations_after(after, REVOCATIONS_PAGE)
                .await?;
            let names = |revocation: &Revocation| revocation.device == statement.device;
            if revocations.iter().any(names) {
                return Ok(true);
            }
            match revocations.last() {
                Some(last) if last.number > after => after = last.number,
                _ => return Ok(false),
            }
        }
    }

    /// Commits the customer's channel with its first message key, unless the channel exists.
    async fn open_channel(&self, statement: &DeviceStatement) -> Result<(), GrantRefused> {
        let (id, index) = (statement.channel, self.customer_index(&statement.customer));
        let (known, own) = self
            .database
            .read(async move |tx| {
                let known = channel::of_customer(tx, &index).await?;
                Ok::<_, Failure>((known, channel::find(tx, id).await?.is_some()))
            })
            .await?;
        match known {
            Some(known) if known == id => return Ok(()),
            Some(_) => return Err(GrantRefused::Contradiction),
            None if own => return Err(GrantRefused::Contradiction),
            None => {}
        }
        let sealed = self
            .columns
            .seal(
                "notification.channel.customer",
                statement.customer.as_str().as_bytes(),
            )
            .map_err(Failure::from)?;
        let start = self.beginning(id).await?;
        let now = self.now();
        let epoch = next_epoch(None, now)?;
        let key = self.make_message_key(id, epoch).await?;
        let act = Act::new(now, crate::ACTOR, "channel.begun").about(Subject::new("channel", id));
        self.database
            .write(async move |tx| {
                if channel::of_customer(tx, &index).await?.is_some() {
                    return Ok(());
                }
                channel::insert(tx, &start, (&index, &sealed), epoch).await?;
                let key = MessageKeyRow {
                    epoch,
                    first_number: Number::ZERO.next(),
                    wrapped: key.wrapped.clone(),
                };
                message_key::insert(tx, id, &key, now).await?;
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(())
            })
            .await?;
        Ok(())
    }

    /// The start of a new channel. If the broker already has messages of the channel, a lost copy of notification's
    /// tables numbered them, and their numbers must not be used again. A broker that does not answer blocks no
    /// enrolment: the disagreement is then found later, with the same result.
    async fn beginning(&self, channel: ChannelId) -> Result<Head, Failure> {
        let known = self.broker.newest(&[channel]).await.ok();
        let newest = known.and_then(|newest| newest.into_iter().next().flatten());
        let unused = Position::new(Generation::FIRST, Number::ZERO);
        match newest.map(|newest| newest.position) {
            Some(position) if position != unused => {
                Ok(Head::start(channel, position.generation.next()))
            }
            _ => Ok(Head::start(channel, unused.generation)),
        }
    }

    /// Makes device, grant and entry in one transaction. Returns `None` if the key epoch changed meanwhile.
    async fn try_grant(
        &self,
        statement: &DeviceStatement,
    ) -> Result<Option<Granted>, GrantRefused> {
        let (channel, id, agreement) = (statement.channel, statement.device, statement.agreement);
        let (row, scope, known, kept, readers) = self
            .database
            .read(async move |tx| {
                let (row, scope) = current(tx, channel).await?;
                let known = device::find(tx, channel, id).await?;
                let kept = device::grant(tx, channel, id, row.epoch).await?;
                let readers = device::readers(tx, channel).await?.len();
                Ok::<_, Failure>((row, scope, known, kept, readers))
            })
            .await?;
        match &known {
            Some(known) if known.removed => return Err(GrantRefused::Revoked),
            Some(known) if known.agreement != Some(agreement) => {
                return Err(GrantRefused::Contradiction);
            }
            None if readers >= REKEY_GRANTS_MAX => return Err(GrantRefused::TooManyDevices),
            _ => {}
        }
        let epoch = row.epoch;
        if let (Some(_), Some(grant)) = (&known, kept) {
            return Ok(Some(Granted {
                grant,
                channel,
                epoch,
                position: row.head.position(),
            }));
        }
        let key = self.current_key(channel, epoch).await?;
        let (keys, now) = (self.signing.current(), self.now());
        let grant = self.seal_for(scope, (id, &agreement), &key, now)?;
        let entry_id = own_id("device.added", &id.to_string())?;
        let entry = Entry::device_added(entry_id.clone(), now, id).encode();
        let act = Act::new(now, crate::ACTOR, "grant.made")
            .about(Subject::new("channel", channel))
            .about(Subject::new("device", id))
            .with("epoch", epoch)
            .with("statement", statement.number);
        let answer = self
            .database
            .write(async move |tx| {
                let (mut row, _) = current(tx, channel).await?;
                let time = row.time(now);
                if row.epoch != epoch || row.head.generation != scope.generation {
                    return Ok(None);
                }
                match device::find(tx, channel, id).await? {
                    Some(known) if known.removed => return Err(GrantRefused::Revoked),
                    Some(_) => {}
                    None if device::readers(tx, channel).await?.len() >= REKEY_GRANTS_MAX => {
                        return Err(GrantRefused::TooManyDevices);
                    }
                    None => device::insert(tx, channel, id, &agreement).await?,
                }
                let mut numbered = Vec::new();
                if register::remember_own_entry(tx, channel, &entry_id).await? {
                    let numbering = Numbering { keys: &keys, time };
                    numbered.push(numbering.entry(tx, &mut row, &key, &entry).await?);
                    channel::advance(tx, &row).await?;
                }
                // Another node may have made the grant meanwhile. The first one stays.
                device::insert_grant(tx, channel, id, epoch, &grant).await?;
                let grant = device::grant(tx, channel, id, epoch)
                    .await?
                    .ok_or(Failure::Broken("a grant is missing"))?;
                acts::record(tx, &act).await?;
                let granted = Granted {
                    grant,
                    channel,
                    epoch,
                    position: row.head.position(),
                };
                Ok::<_, GrantRefused>(Some((granted, numbered)))
            })
            .await?;
        Ok(answer.map(|(granted, numbered)| {
            let generation = granted.position.generation;
            self.outbox.offer(channel, generation, None, numbered);
            granted
        }))
    }

    /// Seals the key to a device's agreement key.
    pub(crate) fn seal_for(
        &self,
        scope: GrantScope,
        (device, agreement): (DeviceId, &PublicKey),
        key: &EpochKey,
        now: Time,
    ) -> Result<Vec<u8>, Failure> {
        let terms = GrantTerms {
            channel: scope.channel,
            generation: scope.generation,
            device,
            agreement: agreement.thumbprint(),
            epoch: key.epoch,
            first_number: scope.first_number,
            time: now,
        };
        let keys = self.signing.current();
        let signer = keys.grant(now)?;
        let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(|_| Failure::Randomness)?;
        Ok(seal_grant(&terms, agreement, &key.key, signer, &mut rng)?)
    }

    /// The device's grant for the channel's current key epoch, made now if there is none yet. `None` if the device is
    /// not a reader.
    pub(crate) async fn current_grant(
        &self,
        channel: ChannelId,
        id: DeviceId,
    ) -> Result<Option<(KeyEpoch, Vec<u8>)>, Failure> {
        for _ in 0..TRIES_MAX {
            let (row, scope, known, kept) = self
                .database
                .read(async move |tx| {
                    let (row, scope) = current(tx, channel).await?;
                    let known = device::find(tx, channel, id).await?;
                    let kept = device::grant(tx, channel, id, row.epoch).await?;
                    Ok::<_, Failure>((row, scope, known, kept))
                })
                .await?;
            let reader = known.filter(|known| !known.removed);
            let Some(agreement) = reader.and_then(|known| known.agreement) else {
                return Ok(None);
            };
            let epoch = row.epoch;
            if let Some(grant) = kept {
                return Ok(Some((epoch, grant)));
            }
            let key = self.current_key(channel, epoch).await?;
            let now = self.now();
            let grant = self.seal_for(scope, (id, &agreement), &key, now)?;
            let act = Act::new(now, crate::ACTOR, "grant.made")
                .about(Subject::new("channel", channel))
                .about(Subject::new("device", id))
                .with("epoch", epoch);
            self.database
                .write(async move |tx| {
                    let known = device::find(tx, channel, id).await?;
                    let (row, _) = current(tx, channel).await?;
                    if row.epoch == epoch && known.is_some_and(|known| !known.removed) {
                        device::insert_grant(tx, channel, id, epoch, &grant).await?;
                        acts::record(tx, &act).await?;
                    }
                    Ok::<_, Failure>(())
                })
                .await?;
        }
        Err(Failure::Contended)
    }
}

/// The channel's state, and the scope of a grant for its current key epoch.
async fn current(
    tx: &mut database::Transaction<'_>,
    channel: ChannelId,
) -> Result<(channel::ChannelRow, GrantScope), Failure> {
    let row = channel::find(tx, channel)
        .await?
        .ok_or(Failure::Broken("a channel is missing"))?;
    let key = message_key::find(tx, channel, row.epoch)
        .await?
        .ok_or(Failure::Broken("the current message key is missing"))?;
    let scope = GrantScope {
        channel,
        generation: row.head.generation,
        first_number: key.first_number,
    };
    Ok((row, scope))
}
