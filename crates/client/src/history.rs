//! Reads missing histories, judges entries of former books, and deletes the entries of dropped books.

use crate::advance::Next;
use crate::bank::Bank;
use crate::book::Missing;
use crate::checkpoint::resolve;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::filed::Filed;
use crate::judge::{EntryState, Held, Outcome, SnapshotFacts, judge};
use crate::names;
use crate::platform::Platform;
use crate::seal;
use crate::snapshot::{Purpose, is_gone};
use crate::state::{SCAN_ROWS, State};
use crate::store::{Batch, Durability, Store};
use envelope::open_page;
use protocol::Entry;
use types::{AccountId, Position};

impl<S: Store> State<S> {
    /// Reads the missing pages of history, oldest first. Each answer is committed separately. If the pages are no
    /// longer available, or differ from those that the snapshot names, a new snapshot is taken once, and its pages are
    /// requested.
    pub(crate) async fn fetch_history<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        match self.fetch_pages(bank).await {
            Err(error) if is_gone(&error) || is_altered(&error) => {
                self.fetch_snapshot(bank, Purpose::Refill).await?;
                self.fetch_pages(bank).await
            }
            fetched => fetched,
        }
    }

    async fn fetch_pages<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        while let Some((account, missing)) = self.missing()? {
            let books = &self.unlocked()?.books;
            let source = books.known.source.clone();
            let key = source
                .as_ref()
                .and_then(|source| books.keyring.get(source.snapshot.epoch).cloned());
            let (Some(source), Some(key)) = (source, key) else {
                // Without the source, missing pages cannot be named, so a snapshot is requested again.
                return self.fetch_snapshot(bank, Purpose::Refill).await;
            };
            let of = (&account, missing.part, missing.next);
            let answer = bank.pages(&self.token, self.channel, source.id, of).await?;
            if answer.pages.is_empty() {
                return Err(SyncError::Answer);
            }
            let mut stage = self.stage()?;
            for sealed in &answer.pages {
                let Some(missing) = stage
                    .books
                    .accounts
                    .get(&account)
                    .and_then(|book| book.missing)
                else {
                    break;
                };
                let entries = open_page(
                    &source.snapshot,
                    &key,
                    (account.as_str(), &missing.history),
                    missing.next,
                    missing.before,
                    sealed.as_ref(),
                )
                .map_err(|error| {
                    let named = (Discrepancy::AlteredPage, error.reason());
                    self.wrong(named, bank.now())
                })?;
                stage.history(&account, &entries).await?;
            }
            let mut found = self.found.clone();
            if stage
                .books
                .accounts
                .values()
                .all(|book| book.missing.is_none())
            {
                resolve(&mut found, |what| what == Discrepancy::AlteredPage);
            }
            let staged = stage.finish()?;
            self.advance(Next {
                found: Some(found),
                ..Next::of(staged)
            })
            .await?;
        }
        Ok(())
    }

    fn missing(&self) -> Result<Option<(AccountId, Missing)>, SyncError> {
        let accounts = &self.unlocked()?.books.accounts;
        let missing = accounts
            .iter()
            .find_map(|(account, book)| Some((account.clone(), book.missing?)));
        Ok(missing)
    }

    /// Judges entries of former books against the current ones, and deletes the entries of dropped books. Needs no
    /// network.
    pub(crate) async fn sweep(&mut self) -> Result<(), SyncError> {
        while let Some(account) = self.to_be_swept()? {
            let Some(book) = self.unlocked()?.books.accounts.get(&account).cloned() else {
                return Ok(());
            };
            self.sweep_entries(book.slot, Former::Books(book.books))
                .await?;
            self.delete_all(&names::ids(book.slot)).await?;
            let mut stage = self.stage()?;
            stage.book(&account).sweep = false;
            let staged = stage.finish()?;
            self.advance(Next::of(staged)).await?;
        }
        if let Some(at) = self.unlocked()?.books.known.sweep {
            let slot = self.unlocked()?.books.general.slot;
            self.sweep_entries(slot, Former::UpTo(at)).await?;
            let mut stage = self.stage()?;
            stage.books.known.sweep = None;
            stage.changed_known = true;
            let staged = stage.finish()?;
            self.advance(Next::of(staged)).await?;
        }
        self.collect().await
    }

    fn to_be_swept(&self) -> Result<Option<AccountId>, SyncError> {
        let accounts = &self.unlocked()?.books.accounts;
        let due = accounts
            .iter()
            .find(|(_, book)| book.sweep && book.missing.is_none());
        Ok(due.map(|(account, _)| account.clone()))
    }

    async fn sweep_entries(&mut self, slot: u32, former: Former) -> Result<(), SyncError> {
        let prefix = names::entries(slot);
        let mut after: Option<Vec<u8>> = None;
        loop {
            let store = &self.records.store;
            let rows = store.scan(&prefix, after.as_deref(), SCAN_ROWS).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let key = self.unlocked()?.key.clone();
            let mut batch = Batch::default();
            for (name, value) in &rows {
                if !former.may_be(name) {
                    continue;
                }
                let mut filed = Filed::decode(&seal::open(key.expose(), name, value)?)?;
                let entry = filed.parse()?;
                let id = names::id(slot, &key, entry.id.as_str());
                let in_pages = self.records.store.get(&id).await?.is_some();
                let state = match former.judge(&filed, &entry, in_pages) {
                    // The page's own entry is kept instead.
                    Outcome::Contained => {
                        batch.delete(name.clone());
                        continue;
                    }
                    Outcome::Withdrawn => EntryState::Withdrawn,
                    Outcome::Past => EntryState::Past,
                    Outcome::Projected | Outcome::Kept => EntryState::Current,
                };
                if state != filed.state {
                    filed.state = state;
                    self.records
                        .put(&mut batch, key.expose(), name.clone(), &filed.encode())?;
                }
            }
            self.records.commit(batch, Durability::Relaxed).await?;
        }
    }

    /// Deletes the entries of dropped books.
    async fn collect(&mut self) -> Result<(), SyncError> {
        if !self.unlocked()?.books.gone {
            return Ok(());
        }
        loop {
            let rows = self.records.store.scan(names::GONE, None, 1).await?;
            let Some((name, _)) = rows.into_iter().next() else {
                break;
            };
            let slot = name.strip_prefix(names::GONE).unwrap_or_default();
            self.delete_all(&[names::ENTRIES, slot].concat()).await?;
            self.delete_all(&[names::IDS, slot].concat()).await?;
            let mut batch = Batch::default();
            batch.delete(name);
            self.records.commit(batch, Durability::Relaxed).await?;
        }
        if let Some(unlocked) = &mut self.unlocked {
            unlocked.books.gone = false;
        }
        Ok(())
    }

    async fn delete_all(&self, prefix: &[u8]) -> Result<(), SyncError> {
        loop {
            let rows = self.records.store.scan(prefix, None, SCAN_ROWS).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::default();
            rows.into_iter().for_each(|(name, _)| batch.delete(name));
            self.records.commit(batch, Durability::Relaxed).await?;
        }
    }
}

/// Selects the entries of a book that are of former books.
#[derive(Debug, Clone, Copy)]
enum Former {
    /// For an account: entries whose names have other books than these.
    Books(u32),
    /// For entries that belong to no account: those received up to this position.
    UpTo(Position),
}

impl Former {
    fn may_be(self, name: &[u8]) -> bool {
        match self {
            Self::Books(books) => names::books_of(name) != Some(books),
            Self::UpTo(_) => true,
        }
    }

    fn judge(self, filed: &Filed, entry: &Entry, in_pages: bool) -> Outcome {
        let at = match self {
            Self::Books(_) => Position::START,
            Self::UpTo(at) => at,
        };
        let held = Held {
            entry,
            // If the name says so, the entry is of former books, wherever it came in the channel.
            at: match self {
                Self::Books(_) => None,
                Self::UpTo(_) => filed.at,
            },
            was: filed.state,
        };
        let facts = SnapshotFacts {
            at,
            same_books: false,
            sequence: None,
            in_pages,
        };
        // With other books, items cannot lag.
        judge(&held, &facts).unwrap_or(Outcome::Past)
    }
}

fn is_altered(error: &SyncError) -> bool {
    matches!(error, SyncError::Discrepancy(found) if found.what == Discrepancy::AlteredPage)
}
