//! Projection: opens received messages and adds them to what is shown. It needs the storage key.

use crate::advance::Next;
use crate::arrangements::Arrangement;
use crate::book::Book;
use crate::discrepancy::{Discrepancy, Name as _};
use crate::error::SyncError;
use crate::home::HomePage;
use crate::keyring::Keyring;
use crate::keys::{DeviceKey, Keys, StorageKey};
use crate::known::{Known, Taking};
use crate::names;
use crate::outbox::{Outgoing, Vouchers};
use crate::seal::{self, SealedError};
use crate::stage::Stage;
use crate::state::{Books, SCAN_ROWS, State, Unlocked};
use crate::store::{Batch, Store};
use crate::upgrade;
use bytes::Bytes;
use envelope::{GrantFor, epoch_of, open_entry, open_rekey};
use protocol::{Entry, EntryKind, Message, MessageKind};
use std::sync::Arc;
use types::{Generation, Position, Time};

/// The result of projecting one message.
pub(crate) enum Step {
    /// The message is projected.
    Projected,
    /// The device has no key for the message: it and all later ones wait.
    Stuck,
}

impl<S: Store> State<S> {
    /// Reads home page and books from the store, without projecting anything.
    pub(crate) async fn unlock(&mut self, key: StorageKey) -> Result<(), SyncError> {
        let secret = key.expose();
        let keyring = match self.records.read(secret, names::GRANTS).await? {
            Some(bytes) => Keyring::decode(&bytes)?,
            None => return Err(SealedError::Shape.into()),
        };
        let mut books = Books::new(keyring);
        if let Some(bytes) = self.records.read(secret, names::HOME).await? {
            let home = HomePage::decode(&bytes)?;
            books.home = home.page;
            books.reach = (home.position, home.as_of);
        }
        let known = self.records.read(secret, names::KNOWN).await?;
        if let Some(bytes) = &known {
            books.known = Known::decode(bytes, self.channel, &self.trust.list)?;
        }
        if let Some(bytes) = self.records.read(secret, names::TAKING).await? {
            let taking = Taking::decode(&bytes, self.channel, &self.trust.list)?;
            books.taking = taking.map(Box::new);
        }
        let gone = self.records.store.scan(names::GONE, None, 1).await?;
        books.gone = !gone.is_empty();
        let mut after = None;
        loop {
            let rows = self
                .records
                .store
                .scan(names::BOOKS, after.as_deref(), SCAN_ROWS)
                .await?;
            for (name, value) in &rows {
                let mut book = Book::decode(&seal::open(secret, name, value)?)?;
                upgrade::take_apart(&self.records, &key, &mut book).await?;
                books.known.slots = books.known.slots.max(book.slot);
                match book.account.clone() {
                    None => books.general = book,
                    Some(account) => {
                        books.accounts.insert(account, book);
                    }
                }
            }
            match rows.into_iter().last() {
                Some((name, _)) => after = Some(name),
                None => break,
            }
        }
        books.accounts.settle();
        self.read_all(&key, names::ARRANGEMENTS, |bytes| {
            books.arrangements.insert(Arrangement::decode(bytes)?);
            Ok(())
        })
        .await?;
        self.read_all(&key, names::OUTBOX, |bytes| {
            Outgoing::decode(bytes)?
                .into_iter()
                .for_each(|outgoing| books.outbox.insert(outgoing));
            Ok(())
        })
        .await?;
        if let Some(bytes) = self.records.read(key.expose(), names::VOUCHERS).await? {
            let (customer, device) = (&self.identity.customer, self.identity.device);
            books.vouchers = Arc::new(Vouchers::decode(&bytes, customer, device)?);
        }
        self.unlocked = Some(Unlocked { key, books });
        Ok(())
    }

    /// Opens all records with that prefix, in the order of their names.
    async fn read_all(
        &self,
        key: &StorageKey,
        prefix: &[u8],
        mut read: impl FnMut(&[u8]) -> Result<(), SealedError>,
    ) -> Result<(), SyncError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let store = &self.records.store;
            let rows = store.scan(prefix, after.as_deref(), SCAN_ROWS).await?;
            for (name, value) in &rows {
                read(&seal::open(key.expose(), name, value)?)?;
            }
            match rows.into_iter().last() {
                Some((name, _)) => after = Some(name),
                None => return Ok(()),
            }
        }
    }

    /// Opens one message at its position and projects it.
    pub(crate) async fn step<K: Keys>(
        &self,
        stage: &mut Stage<'_, S>,
        keys: &K,
        at: Position,
        message: &Message,
        raw: &[u8],
    ) -> Result<Step, SyncError> {
        let Some(body) = message.body.bytes() else {
            return Err(SealedError::Shape.into());
        };
        if message.kind == MessageKind::Rekey {
            self.rekey(stage, keys, at, message).await?;
            return Ok(Step::Projected);
        }
        let epoch = match epoch_of(body) {
            Ok(epoch) => epoch,
            Err(error) => {
                stage
                    .found
                    .push((envelope::OpenError::from(error).name(), at));
                stage.put(names::unreadable(at), raw)?;
                return Ok(Step::Projected);
            }
        };
        let Some(key) = stage.books.keyring.get(epoch) else {
            return Ok(Step::Stuck);
        };
        match open_entry((key, epoch), self.channel, at, body) {
            Ok(entry) => stage.entry(at, &entry).await?,
            Err(error) => {
                stage.found.push((error.name(), at));
                stage.put(names::unreadable(at), raw)?;
            }
        }
        Ok(Step::Projected)
    }

    /// Opens this device's grant in a rekey. Without a grant the device is no longer a reader, and later messages wait.
    async fn rekey<K: Keys>(
        &self,
        stage: &mut Stage<'_, S>,
        keys: &K,
        at: Position,
        message: &Message,
    ) -> Result<(), SyncError> {
        let agreement = keys.public(DeviceKey::Agreement).await?;
        let expected = GrantFor {
            channel: self.channel,
            generation: at.generation,
            device: self.identity.device,
            agreement: &agreement,
            epoch: None,
            first_number: None,
        };
        let opened = match open_rekey(message, &expected, &self.trust.list) {
            Ok(grant) => {
                let x = keys.agree(grant.enc()).await?;
                grant.open(&x).map(|key| (grant.terms().epoch, key))
            }
            Err(error) => Err(error),
        };
        match opened {
            Ok((epoch, key)) => {
                Arc::make_mut(&mut stage.books.keyring).insert(epoch, key);
                stage.changed_grants = true;
            }
            Err(error @ envelope::GrantError::NoGrantForThisDevice) => {
                stage
                    .found
                    .push(((Discrepancy::Revoked, error.reason()), at));
            }
            Err(error) => stage.found.push((error.name(), at)),
        }
        Ok(())
    }

    /// Projects messages that were received while the passbook was locked, or before their key. Returns the new
    /// entries.
    pub(crate) async fn project<K: Keys>(
        &mut self,
        keys: &K,
        now: Time,
    ) -> Result<Vec<Entry>, SyncError> {
        let mut entries = Vec::new();
        while self.waiting {
            let rows = self
                .records
                .store
                .scan(names::MESSAGES, None, SCAN_ROWS)
                .await?;
            let rest = rows.len() == SCAN_ROWS;
            let mut stage = self.stage()?;
            let mut stuck = false;
            let mut projected = 0_usize;
            for (name, value) in &rows {
                let raw = seal::open(self.records.inbox_key.expose(), name, value)?;
                let message =
                    Message::parse(Bytes::from(raw.to_vec())).map_err(SealedError::from)?;
                let at = Position::new(generation_in(name)?, message.number);
                match self.step(&mut stage, keys, at, &message, &raw).await? {
                    Step::Projected => {
                        stage.batch.delete(name.clone());
                        projected += 1;
                        stage.reached(at, message.time);
                    }
                    Step::Stuck => {
                        stuck = true;
                        break;
                    }
                }
            }
            if projected > 0 {
                if !stuck && !rest {
                    stage.books.reach = (self.position(), self.received.as_of);
                }
                let mut staged = stage.finish()?;
                entries.append(&mut staged.entries);
                let found = self.found_with(&staged.found, now);
                self.advance(Next {
                    found: Some(found),
                    ..Next::of(staged)
                })
                .await?;
            }
            self.waiting = stuck || rest;
            if stuck {
                break;
            }
        }
        Ok(entries)
    }

    /// Projects entries again whose kind an earlier version did not know and this one does.
    pub(crate) async fn reproject(&mut self) -> Result<(), SyncError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self
                .records
                .store
                .scan(names::UNKNOWN, after.as_deref(), SCAN_ROWS)
                .await?;
            let Some((newest, _)) = rows.last() else {
                return Ok(());
            };
            after = Some(newest.clone());
            let key = self.unlocked()?.key.clone();
            let mut stage = self.stage()?;
            let mut learnt = false;
            for (name, value) in &rows {
                let bytes = seal::open(key.expose(), name, value)?;
                let entry = Entry::parse(&bytes).map_err(SealedError::from)?;
                if !matches!(entry.kind, EntryKind::Other(_)) {
                    stage.take_effect(&entry)?;
                    stage.batch.delete(name.clone());
                    learnt = true;
                }
            }
            if learnt {
                let staged = stage.finish()?;
                self.advance(Next::of(staged)).await?;
            }
        }
    }

    /// Drops waiting messages that a snapshot has made unnecessary.
    pub(crate) async fn drop_waiting(&self, batch: &mut Batch) -> Result<(), SyncError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self
                .records
                .store
                .scan(names::MESSAGES, after.as_deref(), SCAN_ROWS)
                .await?;
            let Some((newest, _)) = rows.last() else {
                return Ok(());
            };
            after = Some(newest.clone());
            rows.into_iter().for_each(|(name, _)| batch.delete(name));
        }
    }
}

/// The generation in the name of a waiting message, which the seal protects.
fn generation_in(name: &[u8]) -> Result<Generation, SealedError> {
    let suffix = name
        .strip_prefix(names::MESSAGES)
        .ok_or(SealedError::Shape)?;
    let (generation, _) = suffix.split_first_chunk::<8>().ok_or(SealedError::Shape)?;
    Generation::new(u64::from_be_bytes(*generation)).map_err(|_| SealedError::Shape)
}
