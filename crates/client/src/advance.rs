//! The next state: committed to the store first, then taken over in memory.

use crate::discrepancy::{Found, Named};
use crate::error::SyncError;
use crate::names;
use crate::records::{Received, Trust};
use crate::stage::{Stage, Staged};
use crate::state::{Books, State};
use crate::store::{Batch, CommitDurability, Store};
use protocol::cbor::{self, Value};
use types::{Position, Time};

/// Maximum stored discrepancies. The oldest is removed first.
const FOUND_MAX: usize = 16;

/// A set of changes that are committed together. `None` fields stay unchanged.
#[derive(Default)]
pub(crate) struct Next {
    /// Changes beside those of the fields below.
    pub(crate) batch: Batch,
    /// The books. Their changes are in the batch.
    pub(crate) books: Option<Books>,
    pub(crate) received: Option<Received>,
    pub(crate) found: Option<Vec<Found>>,
    pub(crate) trust: Option<Trust>,
    /// The channel token. It is in the batch.
    pub(crate) token: Option<String>,
    /// Whether it contains data that cannot be fetched again.
    pub(crate) durable: bool,
}

impl Next {
    /// Takes over a stage. The caller processes the discrepancies found in it.
    pub(crate) fn of(staged: Staged) -> Self {
        Self {
            batch: staged.batch,
            books: Some(staged.books),
            durable: staged.durable,
            ..Self::default()
        }
    }

    /// The same, of data that nobody could fetch again.
    pub(crate) fn durable(staged: Staged) -> Self {
        Self {
            durable: true,
            ..Self::of(staged)
        }
    }
}

impl<S: Store> State<S> {
    /// A stage on top of the current books.
    pub(crate) fn stage(&self) -> Result<Stage<'_, S>, SyncError> {
        let unlocked = self.unlocked()?;
        let mut books = unlocked.books.clone();
        books.reach = self.reach();
        Ok(Stage::new(
            &self.records,
            &unlocked.key,
            &self.identity,
            books,
        ))
    }

    /// Commits the next state, then takes it over in memory. There is no await in between, so memory lags behind the
    /// store only if the commit is cancelled or fails, which is recorded.
    pub(crate) async fn advance(&mut self, mut next: Next) -> Result<(), SyncError> {
        let batch = &mut next.batch;
        if let Some(found) = next.found.as_ref().filter(|found| **found != self.found) {
            let bytes = cbor::encode(&Value::Array(found.iter().map(Value::from).collect()));
            self.records
                .put_inbox(batch, names::FOUND.to_vec(), &bytes)?;
        }
        if let Some(received) = &next.received {
            self.records
                .put_inbox(batch, names::RECEIVED.to_vec(), &received.encode())?;
        }
        if let Some(trust) = &next.trust {
            self.records
                .put_inbox(batch, names::TRUST.to_vec(), &trust.encode())?;
        }
        let durability = match next.durable {
            true => CommitDurability::Durable,
            false => CommitDurability::Relaxed,
        };
        self.stale = true;
        self.records.commit(next.batch, durability).await?;
        self.stale = false;
        // There is no await from here to the end. State without other readers is changed in place.
        self.published.take();
        if let Some(received) = next.received {
            self.received = received;
        }
        if let Some(found) = next.found {
            self.found = found;
        }
        if let Some(trust) = next.trust {
            self.trust = trust;
        }
        if let Some(token) = next.token {
            self.token = token;
        }
        if let (Some(books), Some(unlocked)) = (next.books, &mut self.unlocked) {
            unlocked.books = books;
            unlocked.books.accounts.settle();
        }
        self.publish();
        Ok(())
    }

    /// The unresolved discrepancies, including those found by a stage.
    pub(crate) fn found_with(&self, staged: &[(Named, Position)], now: Time) -> Vec<Found> {
        let mut found = self.found.clone();
        for (named, at) in staged {
            let one = Found {
                at: *at,
                ..self.found_here(*named, now)
            };
            add_found(&mut found, one);
        }
        found
    }

    /// Records a discrepancy. A repetition of the newest counts as the same one.
    pub(crate) async fn record(&mut self, found: Found) -> Result<(), SyncError> {
        let mut all = self.found.clone();
        add_found(&mut all, found);
        self.commit_found(all).await
    }

    pub(crate) async fn commit_found(&mut self, all: Vec<Found>) -> Result<(), SyncError> {
        self.advance(Next {
            found: Some(all),
            ..Next::default()
        })
        .await
    }

    /// Accepts a trust list from an answer, if it is newer.
    pub(crate) async fn accept_trust(&mut self, bytes: &[u8], now: Time) -> Result<(), SyncError> {
        if bytes == self.trust.list.as_bytes() {
            return Ok(());
        }
        let trust = Trust {
            roots: self.trust.roots.clone(),
            list: self.newer_trust(bytes, now)?,
            rest: self.trust.rest.clone(),
        };
        self.advance(Next {
            trust: Some(trust),
            durable: true,
            ..Next::default()
        })
        .await
    }
}

/// Adds a discrepancy, unless it repeats the newest.
pub(crate) fn add_found(all: &mut Vec<Found>, found: Found) {
    let repeats = all.last().is_some_and(|last| {
        !last.resolved
            && last.what == found.what
            && last.at == found.at
            && last.reason == found.reason
    });
    if !repeats {
        all.push(found);
        let over = all.len().saturating_sub(FOUND_MAX);
        all.drain(..over);
    }
}
