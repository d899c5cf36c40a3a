//! Reading from the synchronous side: the bank's statement of everything, and the pages of its history.

use crate::advance::Next;
use crate::bank::Bank;
use crate::checkpoint::{is_about_grants, resolve};
use crate::discrepancy::{Discrepancy, Remedy};
use crate::error::SyncError;
use crate::names;
use crate::platform::Platform;
use crate::records::Received;
use crate::stage::Stage;
use crate::state::State;
use crate::store::{Batch, Store};
use envelope::{PageError, Snapshot, SnapshotAccount, SnapshotError, open_page};
use protocol::http::{SnapshotAnswer, SnapshotRequest};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use types::{AccountId, ErrorCode, Hash, MessageKey, Time};

/// What a snapshot is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// To know what the entries did not tell: the position stays.
    ToKnow,
    /// To go on from it.
    ToGoOn,
}

/// A snapshot that the device has verified and opened.
struct Opened {
    snapshot: Snapshot,
    key: MessageKey,
    accounts: Vec<SnapshotAccount>,
}

impl<S: Store> State<S> {
    /// Fetches a snapshot and takes it over.
    pub(crate) async fn fetch_snapshot<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        taken: Taken,
    ) -> Result<(), SyncError> {
        let request = SnapshotRequest {
            epoch: self.epoch_held(),
            trust_version: Some(self.trust.list.version()),
        };
        let answer = bank.snapshot(&self.token, self.channel, &request).await?;
        self.take_snapshot(bank, &answer, taken, Batch::default())
            .await
    }

    /// Verifies a snapshot and takes it over in one commit, together with `batch`.
    pub(crate) async fn take_snapshot<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        answer: &SnapshotAnswer,
        taken: Taken,
        batch: Batch,
    ) -> Result<(), SyncError> {
        let now = bank.now();
        if let Some(trust) = &answer.trust {
            self.accept_trust(trust.as_ref(), now).await?;
        }
        let snapshot = Snapshot::verify(answer.snapshot.as_ref(), self.channel, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        self.check_trust(snapshot.time, now)?;
        self.check_place(&snapshot, now)?;

        let mut books = self.unlocked()?.books.clone();
        let mut granted = false;
        if let Some(grant) = &answer.grant {
            let place = (snapshot.generation, snapshot.epoch);
            let opened = self
                .open_grant(&bank.keys, grant.as_ref(), place, now)
                .await?;
            granted = opened.is_some();
            books.keyring = opened.unwrap_or(books.keyring);
        }
        let key = books.keyring.get(snapshot.epoch).cloned().ok_or_else(|| {
            let named = (Discrepancy::Revoked, "no_grant_for_this_device");
            self.wrong(named, now)
        })?;
        let accounts = snapshot
            .open(&key)
            .map_err(|error| self.fault(&SnapshotError::from(error), now))?;

        let head = &self.received.head;
        let goes_on = taken == Taken::ToGoOn
            && match snapshot.position().cmp(&head.position()) {
                Ordering::Greater => true,
                Ordering::Equal => snapshot.hash != head.hash,
                Ordering::Less => false,
            };
        let mut received = self.received.clone();
        received.proven = received.proven.max(snapshot.time);
        if goes_on {
            received = Received {
                head: snapshot.head(snapshot.time),
                signature: None,
                epoch: snapshot.epoch,
                as_of: received.as_of.max(snapshot.time),
                // Only a checkpoint asked for from here on says that nothing is missing.
                satisfied_at: None,
                awaited: None,
                ..received
            };
        }
        let reached =
            snapshot.position() == head.position() && !goes_on && snapshot.hash == head.hash;
        if reached {
            received.epoch = snapshot.epoch;
            received.as_of = received.as_of.max(snapshot.time);
        }
        let settled = goes_on || reached;
        let mut found = self.found.clone();
        resolve(&mut found, |what| match what.remedy() {
            Remedy::Snapshot => true,
            Remedy::Restart => taken == Taken::ToGoOn && settled,
            Remedy::Statement | Remedy::None => granted && is_about_grants(what),
        });

        let unlocked = self.unlocked()?;
        let mut stage = Stage::new(&self.records, &unlocked.key, &self.identity, books);
        stage.batch = batch;
        stage.changed_grants = granted;
        let stated: BTreeSet<AccountId> = accounts.iter().map(|row| row.account.clone()).collect();
        let known: Vec<AccountId> = stage.books.accounts.keys().cloned().collect();
        for account in known.iter().filter(|account| !stated.contains(account)) {
            stage.forget(account);
        }
        accounts.into_iter().for_each(|row| stage.adopt(row));
        if stage.books.lacks_history() {
            stage.put(names::SNAPSHOT.to_vec(), answer.snapshot.as_ref())?;
        }
        stage.books.reach = match goes_on || !self.waiting {
            true => (received.head.position(), received.as_of),
            false => self.reach(),
        };
        let mut next = Next::of(stage.finish()?);
        if goes_on {
            self.drop_waiting(&mut next.batch).await?;
        }
        next.received = Some(received);
        next.found = Some(found);
        self.advance(next).await?;
        if goes_on {
            self.waiting = false;
            // A checkpoint that is under way speaks of where the device was.
            self.trail = None;
            self.restarted = None;
        }
        if taken == Taken::ToGoOn {
            self.adrift = false;
        }
        Ok(())
    }

    /// Checks that a snapshot is of a generation that counts, and not older than what the bank has stated before.
    fn check_place(&self, snapshot: &Snapshot, now: Time) -> Result<(), SyncError> {
        let named = match snapshot.generation.cmp(&self.received.head.generation) {
            Ordering::Less => (Discrepancy::GenerationGoesBack, "generation_goes_back"),
            Ordering::Greater if self.restarted != Some(snapshot.generation) => (
                Discrepancy::GenerationWithoutCheckpoint,
                "generation_without_checkpoint",
            ),
            _ if self
                .received
                .checkpoint
                .is_some_and(|last| snapshot.time < last) =>
            {
                (Discrepancy::ForgedSnapshot, "snapshot_time_goes_back")
            }
            _ => return Ok(()),
        };
        Err(self.wrong(named, now))
    }

    /// Fetches the pages of history that are missing, newest first, each committed by itself.
    ///
    /// A page that is not the one that the snapshot names may have been made for a later snapshot at the same number:
    /// it counts as altered only where a fresh snapshot's is not right either.
    pub(crate) async fn fetch_history<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        match self.fetch_pages(bank).await {
            Err(error)
                if error.is_code(ErrorCode::SnapshotUnknown)
                    || error.is_code(ErrorCode::NotFound)
                    || is_altered(&error) =>
            {
                self.fetch_snapshot(bank, Taken::ToKnow).await?;
                self.fetch_pages(bank).await
            }
            fetched => fetched,
        }
    }

    async fn fetch_pages<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        let mut opened: Option<Opened> = None;
        while let Some((account, page)) = self.missing_page()? {
            let opened = match &mut opened {
                Some(opened) => opened,
                None => match self.kept_snapshot(bank.now()).await? {
                    Some(kept) => opened.insert(kept),
                    // Without it, what is missing cannot be named: it is asked for again.
                    None => return self.fetch_snapshot(bank, Taken::ToKnow).await,
                },
            };
            let Some(hash) = page_hash(&opened.accounts, &account, page) else {
                return self.fetch_snapshot(bank, Taken::ToKnow).await;
            };
            let at = opened.snapshot.position();
            let answer = bank
                .page(&self.token, self.channel, at, (&account, page))
                .await?;
            let sealed = answer.sealed.as_ref();
            let entries = open_page(
                &opened.snapshot,
                &opened.key,
                (&account, page),
                &hash,
                sealed,
            )
            .map_err(|error: PageError| self.fault(&error, bank.now()))?;

            let mut stage = self.stage()?;
            stage.history(&account, page, &entries).await?;
            let whole = !stage.books.lacks_history();
            let mut found = self.found.clone();
            if whole {
                stage.batch.delete(names::SNAPSHOT.to_vec());
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

    fn missing_page(&self) -> Result<Option<(AccountId, u64)>, SyncError> {
        let accounts = &self.unlocked()?.books.accounts;
        let missing = accounts
            .iter()
            .find_map(|(account, book)| Some((account, book.history?)));
        Ok(missing.map(|(account, page)| (account.clone(), page)))
    }

    /// The snapshot whose history is being fetched.
    async fn kept_snapshot(&self, now: Time) -> Result<Option<Opened>, SyncError> {
        let unlocked = self.unlocked()?;
        let Some(bytes) = self
            .records
            .read(unlocked.key.expose(), names::SNAPSHOT)
            .await?
        else {
            return Ok(None);
        };
        let snapshot = Snapshot::verify(&bytes, self.channel, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        let Some(key) = unlocked.books.keyring.get(snapshot.epoch).cloned() else {
            return Ok(None);
        };
        let accounts = snapshot
            .open(&key)
            .map_err(|error| self.fault(&SnapshotError::from(error), now))?;
        Ok(Some(Opened {
            snapshot,
            key,
            accounts,
        }))
    }
}

fn page_hash(accounts: &[SnapshotAccount], account: &AccountId, page: u64) -> Option<Hash> {
    let row = accounts.iter().find(|row| row.account == *account)?;
    let place = usize::try_from(page).ok()?.checked_sub(1)?;
    row.pages.get(place).copied()
}

fn is_altered(error: &SyncError) -> bool {
    matches!(error, SyncError::Discrepancy(found) if found.what == Discrepancy::AlteredPage)
}
