//! Adopts a snapshot whose parts are all stored: first part by part, then everything that the parts do not contain.

use crate::advance::Next;
use crate::book::Book;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::filed::Filed;
use crate::judge::{Held, ItemsBehind, SnapshotFacts, judge};
use crate::known::Taking;
use crate::names;
use crate::seal::{self, SealedError};
use crate::stage::is_of_account;
use crate::state::{Books, SCAN_ROWS, State};
use crate::store::Store;
use envelope::{Item, Section, Snapshot, open_part};
use types::{AccountId, Sequence, Time};

/// Maximum accounts dropped at once because the snapshot does not contain them.
const LEFT_MAX: usize = 100;

impl<S: Store> State<S> {
    /// Checks that items of the same books contain every entry received up to the snapshot's number.
    pub(crate) async fn check_items(
        &self,
        books: &Books,
        taking: &Taking,
        items: &[Item],
        now: Time,
    ) -> Result<(), SyncError> {
        let snapshot = &taking.source.snapshot;
        for item in items {
            let (slot, after, newest) = match item.section() {
                Section::Customer => (books.general.slot, None, books.known.customer),
                Section::Account => match books.accounts.get(&self.account_of(item, now)?) {
                    Some(book) => (book.slot, Some(item.sequence), book.sequence),
                    None => continue,
                },
                _ => continue,
            };
            if taking.other_books {
                continue;
            }
            if newest > item.sequence && self.is_behind(slot, after, snapshot, item).await? {
                let named = (Discrepancy::BooksWentBack, ItemsBehind::REASON);
                return Err(self.wrong(named, now));
            }
        }
        Ok(())
    }

    /// Whether an entry was received at or below the snapshot's number and is beyond its item's sequence.
    async fn is_behind(
        &self,
        slot: u32,
        after: Option<Sequence>,
        snapshot: &Snapshot,
        item: &Item,
    ) -> Result<bool, SyncError> {
        let prefix = names::entries(slot);
        let key = self.unlocked()?.key.clone();
        // An account's entries are ordered by their sequences.
        let mut from = after.map(|after| {
            let order = after.get().to_be_bytes();
            [prefix.as_slice(), &order, &[0xff; 12]].concat()
        });
        loop {
            let rows = self
                .records
                .store
                .scan(&prefix, from.as_deref(), SCAN_ROWS)
                .await?;
            let Some((last, _)) = rows.last() else {
                return Ok(false);
            };
            from = Some(last.clone());
            for (name, value) in &rows {
                let filed = Filed::decode(&seal::open(key.expose(), name, value)?)?;
                let entry = filed.parse()?;
                let own = match item.section() {
                    Section::Account => is_of_account(&item.id, &entry),
                    _ => self.is_customers(&entry),
                };
                let held = Held {
                    entry: &entry,
                    at: filed.at,
                    was: filed.state,
                };
                let facts = SnapshotFacts {
                    at: snapshot.position(),
                    same_books: true,
                    sequence: Some(item.sequence),
                    in_pages: false,
                };
                if own && judge(&held, &facts).is_err() {
                    return Ok(true);
                }
            }
        }
    }

    /// Adopts the next part.
    pub(crate) async fn adopt_part(
        &mut self,
        mut taking: Taking,
        now: Time,
    ) -> Result<(), SyncError> {
        let snapshot = taking.source.snapshot.clone();
        if taking.other_books && self.is_beyond(&snapshot) {
            // Messages of other books arrived after the snapshot was requested. A new snapshot contains them.
            return self.drop_taking().await;
        }
        let key = self.key_of(&self.unlocked()?.books.keyring, &taking, now)?;
        let part = taking.adopted + 1;
        let sealed = self.records.store.get(&names::part(part)).await?;
        let sealed = sealed.ok_or(SealedError::Shape)?;
        let items =
            open_part(&snapshot, &key, part, &sealed).map_err(|error| self.fault(&error, now))?;
        let mut stage = self.stage()?;
        if part == 1 {
            stage.begin_snapshot(taking.other_books);
        }
        for item in items {
            stage.adopt_item(item, part, taking.other_books)?;
        }
        taking.adopted = part;
        stage.put(names::TAKING.to_vec(), &taking.encode())?;
        stage.batch.delete(names::part(part));
        stage.books.taking = Some(Box::new(taking));
        let staged = stage.finish()?;
        self.advance(Next::of(staged)).await
    }

    /// Drops the accounts that are not in the snapshot, some at a time. When none is left, the adoption is complete.
    pub(crate) async fn settle(&mut self, taking: Taking) -> Result<(), SyncError> {
        let mut stage = self.stage()?;
        let stated = stage.books.known.stated;
        // A message above the snapshot's number, of the same books, may have added an account.
        let kept = !taking.other_books && self.is_beyond(&taking.source.snapshot);
        let left =
            |book: &&Book| book.stated != stated && !kept && (book.held || taking.other_books);
        let left: Vec<AccountId> = stage
            .books
            .accounts
            .values()
            .filter(left)
            .filter_map(|book| book.account.clone())
            .take(LEFT_MAX)
            .collect();
        for account in &left {
            match taking.other_books {
                true => stage.leave(account),
                false => stage.forget(account),
            }
        }
        let contained = taking.reader.customer;
        let unstated = stage.drop_unstated((contained, taking.other_books), LEFT_MAX);
        if unstated || !left.is_empty() {
            let staged = stage.finish()?;
            return self.advance(Next::of(staged)).await;
        }
        let snapshot = &taking.source.snapshot;
        let known = &mut stage.books.known;
        known.incarnation = Some(snapshot.incarnation);
        known.time = known.time.max(Some(snapshot.time));
        if taking.other_books && stage.books.general.arrivals > 0 {
            known.sweep = Some(snapshot.position());
        }
        if known.source.replace(taking.source.clone()).is_none() {
            stage.batch.delete(names::SNAPSHOT.to_vec());
        }
        stage.customer_is_stated(contained);
        stage.batch.delete(names::TAKING.to_vec());
        stage.books.taking = None;
        let (received, goes_on, _) = self.received_with(&taking);
        stage.books.reach = match goes_on || !self.waiting {
            true => (received.head.position(), received.as_of),
            false => self.reach(),
        };
        if goes_on {
            stage.pass_over_orders()?;
        }
        let staged = stage.finish()?;
        self.conclude(&taking, Next::of(staged)).await
    }

    /// Whether the device has messages of the snapshot's generation above its number.
    fn is_beyond(&self, snapshot: &Snapshot) -> bool {
        let at = self.position();
        at.generation == snapshot.generation && at.number > snapshot.number
    }

    fn account_of(&self, item: &Item, now: Time) -> Result<AccountId, SyncError> {
        let named = (Discrepancy::ForgedSnapshot, "account_id_refused");
        item.id.parse().map_err(|_| self.wrong(named, now))
    }
}
