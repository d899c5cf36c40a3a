//! Snapshots: everything that a customer has at the bank, in parts. They do not need the broker.

use crate::backoff::Backoff;
use crate::failure::chain;
use crate::numbering::message::fresh_iv;
use crate::stating::checkpoint::lacks;
use crate::stating::histories::HistoryEnd;
use crate::store::channel::{ChannelRow, Proof};
use crate::store::seen::{self, Seen};
use crate::store::snapshot::{self, PartRow, SnapshotRow};
use crate::store::{SubjectIndex, channel, outgoing};
use crate::{Failure, Notification, StatementRefused};
use core_bank::{Arrangement, CustomerSnapshot};
use envelope::merkle::MerkleTree;
use envelope::{
    AccountState, Head, History, Item, ItemState, PartFiller, Salt, Snapshot, part_hash, seal_part,
};
use protocol::Message;
use protocol::cbor::Map;
use protocol::http::{SEALED_BYTES_MAX, SignedSnapshot, SnapshotAnswer, SnapshotRequest};
use std::collections::HashMap;
use types::{
    ChannelId, CustomerId, DeviceId, Generation, KeyEpoch, Nonce, Number, Position, SnapshotId,
    SubjectId, Time,
};

/// Maximum attempts when the channel or the books change meanwhile, or when the core bank's answer is old.
const TRIES_MAX: usize = 6;

/// The column that contains how far the histories of a part's accounts go.
pub(crate) const HISTORIES: &str = "notification.snapshot_part.histories";

/// The channel's state for a snapshot, read before the core bank's books.
struct Standing {
    row: ChannelRow,
    /// The channel's progress in each subject that its customer holds.
    seen: HashMap<SubjectIndex, Seen>,
    /// Not earlier than the newest message or the last statement.
    time: Time,
}

/// A part before sealing.
struct Part {
    content: Vec<u8>,
    histories: Vec<HistoryEnd>,
}

/// A snapshot that was made for a device.
struct Made {
    generation: Generation,
    /// The key epoch under which the snapshot is sealed.
    epoch: KeyEpoch,
    /// The device's grant for that epoch.
    grant: Vec<u8>,
    snapshot: SignedSnapshot,
}

/// What an enrolling device starts with, all as of one moment.
#[derive(Debug, Clone)]
pub struct FirstSnapshot {
    /// The channel's generation.
    pub generation: Generation,
    /// The device's grant (Sign1 bytes) for the key epoch under which the snapshot is sealed.
    pub grant: Vec<u8>,
    /// The snapshot, without a nonce.
    pub snapshot: SignedSnapshot,
}

impl Notification {
    /// States everything that the channel's customer has at the bank, to one of the channel's devices.
    pub async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementRefused> {
        let made = self
            .make_snapshot(channel, device, Some(request.nonce))
            .await?;
        Ok(SnapshotAnswer {
            snapshot: made.snapshot,
            grant: lacks(request.epoch, made.epoch).then(|| made.grant.into()),
            trust: self.newer_trust(request.trust_version),
        })
    }

    /// The same for an enrolling device: without a nonce, with grant and generation.
    pub async fn first_snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, StatementRefused> {
        let made = self.make_snapshot(channel, device, None).await?;
        Ok(FirstSnapshot {
            generation: made.generation,
            grant: made.grant,
            snapshot: made.snapshot,
        })
    }

    async fn make_snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        nonce: Option<Nonce>,
    ) -> Result<Made, StatementRefused> {
        self.check_in_order(channel).await?;
        let customer = self.customer_of(channel).await?;
        let (mut backoff, mut last) = (Backoff::new(), Failure::Contended);
        for _ in 0..TRIES_MAX {
            let (epoch, grant) = self
                .current_grant(channel, device)
                .await?
                .ok_or(StatementRefused::NotAReader)?;
            match self
                .try_snapshot((channel, device), &customer, (epoch, nonce))
                .await
            {
                Ok(Some((generation, snapshot))) => {
                    return Ok(Made {
                        generation,
                        epoch,
                        grant,
                        snapshot,
                    });
                }
                Ok(None) => {}
                Err(StatementRefused::Failed(
                    failure @ (Failure::BooksBehind | Failure::BooksChanged),
                )) => {
                    tracing::warn!(%channel, error = chain(&failure), "a snapshot is made again");
                    last = failure;
                    backoff.wait().await;
                }
                Err(refused) => return Err(refused),
            }
        }
        Err(last.into())
    }

    /// Reads number and H(number) first, then everything that the customer has, in one read of the core bank. Returns
    /// `None` if the channel's key or generation changed meanwhile.
    async fn try_snapshot(
        &self,
        (channel, device): (ChannelId, DeviceId),
        customer: &CustomerId,
        (epoch, nonce): (KeyEpoch, Option<Nonce>),
    ) -> Result<Option<(Generation, SignedSnapshot)>, StatementRefused> {
        let standing = self.standing(channel).await?;
        let row = &standing.row;
        if row.epoch != epoch {
            return Ok(None);
        }
        let proof = match self.proof(row).await? {
            None if row.head.number > Number::ZERO => {
                self.renew_key(channel).await?;
                return Ok(None);
            }
            proof => proof,
        };
        let stated = self.core_bank.snapshot(customer).await;
        let stated = stated.map_err(Failure::from)?;
        if *self.books.read().await != Some(stated.incarnation) {
            self.confirm_books().await?;
            return Err(Failure::BooksChanged.into());
        }
        self.check_contains(&stated, &standing.seen)?;
        let parts = self.parts(&stated).await?;
        let snapshot = SnapshotRow {
            id: SnapshotId::new(random()?),
            channel,
            device,
            at: row.head.position(),
            epoch,
            incarnation: stated.incarnation,
        };
        let tree = MerkleTree::new(
            &parts
                .iter()
                .map(|part| part_hash(&part.content))
                .collect::<Vec<_>>(),
        );
        let unsigned = Snapshot {
            channel,
            generation: row.head.generation,
            number: row.head.number,
            hash: row.head.hash,
            incarnation: stated.incarnation,
            time: standing.time,
            epoch,
            parts: u64::try_from(parts.len()).unwrap_or(u64::MAX),
            root: tree.root(),
            nonce,
        };
        let parts = self.seal_parts(&snapshot, &tree, parts).await?;
        let (id, generation) = (snapshot.id, unsigned.generation);
        let signed = self.sign_and_keep(snapshot, unsigned, parts).await?;
        Ok(signed.map(|(signed, parts)| {
            let signed = SignedSnapshot {
                id,
                snapshot: signed.into(),
                before: proof.as_ref().map(|proof| proof.before),
                message: proof.map(|proof| proof.hole.to_vec().into()),
                parts: parts.into_iter().map(Into::into).collect(),
            };
            (generation, signed)
        }))
    }

    /// The channel's current state and the time of the statement. No message that is numbered later has an earlier
    /// time.
    async fn standing(&self, channel: ChannelId) -> Result<Standing, Failure> {
        let (keys, now) = (self.signing.current(), self.now());
        self.database
            .write(async move |tx| {
                let row = channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))?;
                let seen = seen::of_channel(tx, channel).await?;
                let time = row.time(now);
                // If signing fails, nothing may be stored.
                keys.head(time)?;
                channel::set_stated(tx, channel, time).await?;
                Ok(Standing { row, seen, time })
            })
            .await
    }

    /// The proof of the newest message: stored with the channel, or made from the message if the message is still
    /// stored.
    async fn proof(&self, row: &ChannelRow) -> Result<Option<Proof>, Failure> {
        let Some(previous) = row.head.number.previous().filter(|_| row.proof.is_none()) else {
            return Ok(row.proof.clone());
        };
        let (channel, before) = (
            row.head.channel,
            Position::new(row.head.generation, previous),
        );
        let (message, hash) = self
            .database
            .read(async move |tx| {
                let message = outgoing::after(tx, channel, before, 1).await?.pop();
                let hash = outgoing::hash(tx, channel, before).await?;
                Ok::<_, Failure>((message, hash))
            })
            .await?;
        let hash = match before.number {
            Number::ZERO => Some(Head::start(channel, before.generation).hash),
            _ => hash,
        };
        let (Some(message), Some(hash)) = (message, hash) else {
            return Ok(None);
        };
        Ok(Some(Proof::of(hash, &Message::parse(message.bytes)?)))
    }

    /// Refuses an answer of the core bank that lacks an event that was numbered before the request. If a subject is not
    /// in the answer, the customer no longer holds it.
    fn check_contains(
        &self,
        stated: &CustomerSnapshot,
        seen: &HashMap<SubjectIndex, Seen>,
    ) -> Result<(), Failure> {
        let reaches = |subject: &SubjectId, sequence| {
            let seen = seen.get(&self.subject_index(subject));
            seen.is_none_or(|seen| seen.sequence <= sequence)
        };
        let customer = SubjectId::from(&stated.customer);
        let contains = reaches(&customer, stated.sequence)
            && stated
                .accounts
                .iter()
                .all(|account| reaches(&SubjectId::from(&account.account), account.sequence));
        contains.then_some(()).ok_or(Failure::BooksBehind)
    }

    async fn parts(&self, stated: &CustomerSnapshot) -> Result<Vec<Part>, Failure> {
        let mut filler = PartFiller::new(salt()?);
        let (mut parts, mut histories) = (Vec::new(), Vec::new());
        let customer = Item::customer(&stated.customer, stated.sequence);
        filler.push(&customer, salt()?)?;
        for account in &stated.accounts {
            let history = HistoryEnd {
                account: account.account.clone(),
                through: account.booked_entries,
            };
            let pages = self.pages_of(&history, stated.incarnation).await?;
            let state = AccountState {
                kind: account.kind.clone(),
                role: account.role.clone(),
                name: account.name.clone(),
                currency: account.currency,
                balances: account.balances.clone(),
            };
            let of_pages = History {
                pages: u64::try_from(pages.len()).unwrap_or(u64::MAX),
                root: MerkleTree::new(pages.iter().map(|page| &page.leaf)).root(),
            };
            let item = Item::account(&account.account, account.sequence, state, of_pages);
            if let Some(content) = filler.push(&item, salt()?)? {
                let histories = std::mem::take(&mut histories);
                parts.push(Part { content, histories });
            }
            histories.push(history);
        }
        for item in arrangements(stated) {
            if let Some(content) = filler.push(&item, salt()?)? {
                let histories = std::mem::take(&mut histories);
                parts.push(Part { content, histories });
            }
        }
        if let Some(content) = filler.end() {
            parts.push(Part { content, histories });
        }
        Ok(parts)
    }

    async fn seal_parts(
        &self,
        snapshot: &SnapshotRow,
        tree: &MerkleTree,
        parts: Vec<Part>,
    ) -> Result<Vec<PartRow>, Failure> {
        let key = self.current_key(snapshot.channel, snapshot.epoch).await?;
        let position = (snapshot.channel, snapshot.at);
        let mut rows = Vec::with_capacity(parts.len());
        for (index, part) in parts.into_iter().enumerate() {
            let number = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
            let proof = tree.proof(index).unwrap_or_default();
            let content = &part.content;
            rows.push(PartRow {
                bytes: seal_part(key.pair(), position, number, &fresh_iv()?, content, &proof)?,
                histories: self
                    .columns
                    .seal(HISTORIES, &HistoryEnd::encode(&part.histories))?,
            });
        }
        Ok(rows)
    }

    /// Signs a snapshot and stores it, in one transaction: a snapshot that cannot be signed leaves nothing behind.
    /// Returns its first parts too, or `None` if the channel's key or generation changed meanwhile.
    async fn sign_and_keep(
        &self,
        kept: SnapshotRow,
        snapshot: Snapshot,
        parts: Vec<PartRow>,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, StatementRefused> {
        let (keys, now) = (self.signing.current(), self.now());
        let books = self.books.read().await;
        if *books != Some(kept.incarnation) {
            return Err(Failure::BooksChanged.into());
        }
        self.database
            .write(async move |tx| {
                let channel = kept.channel;
                let row = channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))?;
                if row.contradicted {
                    return Err(StatementRefused::BooksInRepair);
                }
                if row.epoch != kept.epoch || row.head.generation != kept.at.generation {
                    return Ok(None);
                }
                let signed = snapshot
                    .sign(keys.head(snapshot.time)?)
                    .map_err(Failure::from)?;
                snapshot::insert(tx, &kept, &parts, now).await?;
                let parts = parts.iter().map(|part| part.bytes.clone()).collect();
                Ok(Some((signed, snapshot::within(parts, SEALED_BYTES_MAX))))
            })
            .await
    }
}

/// The items of payees, standing orders and pending orders, in the order of a snapshot.
fn arrangements(stated: &CustomerSnapshot) -> impl Iterator<Item = Item> {
    type Make = fn(Map) -> ItemState;
    let sections: [(Make, &[Arrangement]); 3] = [
        (ItemState::Payee, &stated.payees),
        (ItemState::Standing, &stated.standing),
        (ItemState::Order, &stated.orders),
    ];
    let items = sections
        .into_iter()
        .flat_map(|(make, all)| all.iter().map(move |one| (make, one)));
    items.map(|(make, one)| Item {
        id: one.id.clone(),
        sequence: stated.sequence,
        state: make(one.arguments.clone()),
    })
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Failure> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| Failure::Randomness)?;
    Ok(bytes)
}

fn salt() -> Result<Salt, Failure> {
    random()
}
