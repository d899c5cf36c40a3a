//! A device's passbook without a channel: entries from any source, projected as a device projects those that it opened.

use crate::approved::Approved;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::keyring::Keyring;
use crate::keys::{InboxKey, StorageKey};
use crate::moment::Moment;
use crate::outbox::Outgoing;
use crate::random::Random;
use crate::records::{Identity, Rest};
use crate::sealed::Records;
use crate::shown::Shown;
use crate::stage::{Stage, Staged};
use crate::state::Books;
use crate::store::{CommitDurability, MemoryStore, Store as _};
use envelope::Item;
use order::{Intent, Orderer};
use protocol::Entry;
use rand_core::CryptoRng;
use std::rc::Rc;
use std::sync::Arc;
use types::{ChannelId, Money, Position, Sequence};

/// What a device shows of a snapshot, of entries and of its own orders, for tests of core banks. It has no network and no
/// channel, and it trusts what it is given. Its store is in memory, so none of its futures waits.
pub struct Projection {
    records: Records<MemoryStore>,
    key: StorageKey,
    channel: ChannelId,
    identity: Arc<Identity>,
    books: Books,
    at: Position,
    found: Vec<Discrepancy>,
}

impl Projection {
    /// A device that begins with a snapshot: its items, and the newest of the customer's events that it contains.
    pub async fn new(
        device: Orderer,
        (customer, items): (Sequence, Vec<Item>),
        rng: impl CryptoRng + 'static,
    ) -> Result<Self, SyncError> {
        let store = Rc::new(MemoryStore::default());
        let lease = store.try_lease().await?;
        let random = Random::new(rng);
        let inbox_key = InboxKey::new(&random.draw());
        let key = StorageKey::new(&random.draw());
        let identity = Identity {
            customer: device.customer,
            device: device.device,
            channel: Some(device.channel),
            verdict: None,
            rest: Rest::default(),
        };
        let mut projection = Self {
            records: Records::own(store, lease, inbox_key, random).await?,
            key,
            channel: device.channel,
            identity: Arc::new(identity),
            books: Books::new(Keyring::default()),
            at: Position::START,
            found: Vec::new(),
        };
        let mut stage = projection.stage();
        stage.begin_snapshot(true);
        for item in items {
            stage.adopt_item(item, 1, true)?;
        }
        stage.customer_is_stated(customer);
        projection.commit(stage.finish()?).await?;
        Ok(projection)
    }

    /// Projects the next entry of the customer's channel.
    pub async fn project(&mut self, entry: &Entry) -> Result<(), SyncError> {
        self.at.number = self.at.number.next();
        let mut stage = self.stage();
        stage.entry(self.at, &entry.encode()).await?;
        self.commit(stage.finish()?).await
    }

    /// Adds an order that a person approved on this device, with the fee that was shown. Nobody verifies or sends it, so
    /// the intent stands for its signed form.
    pub async fn order(&mut self, intent: Intent, fee: Option<Money>) -> Result<(), SyncError> {
        let approved = Approved {
            signed: intent.encode(),
            assertion: None,
        };
        let mut stage = self.stage();
        stage.put_order(Outgoing::new(intent, approved, fee))?;
        self.commit(stage.finish()?).await
    }

    /// The current passbook.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let (position, as_of) = self.books.reach;
        Shown {
            identity: self.identity.clone(),
            channel: self.channel,
            page: Some(self.books.page(false)),
            position,
            as_of,
            whole_since: None,
            found: Vec::new(),
            now: Moment::UNKNOWN,
        }
    }

    /// The discrepancies found in the entries, in order.
    #[must_use]
    pub fn found(&self) -> &[Discrepancy] {
        &self.found
    }

    fn stage(&self) -> Stage<'_, MemoryStore> {
        Stage::new(&self.records, &self.key, &self.identity, self.books.clone())
    }

    async fn commit(&mut self, mut staged: Staged) -> Result<(), SyncError> {
        let durability = CommitDurability::Relaxed;
        self.records.commit(staged.batch, durability).await?;
        staged.books.accounts.settle();
        self.books = staged.books;
        let found = staged.found.iter().map(|((what, _), _)| *what);
        self.found.extend(found);
        Ok(())
    }
}
