//! Snapshots from the synchronous side: the bank's statement of everything, in parts.

use crate::advance::Next;
use crate::bank::Bank;
use crate::checkpoint::{is_about_grants, resolve};
use crate::discrepancy::{Discrepancy, Found, Remedy};
use crate::error::SyncError;
use crate::known::{Source, Taking};
use crate::names;
use crate::platform::Platform;
use crate::records::{Received, Rest};
use crate::stage::Stage;
use crate::state::State;
use crate::store::{Batch, Store};
use envelope::{Head, HeadProof, PartsReader, Snapshot};
use protocol::http::{SignedSnapshot, SnapshotAnswer, SnapshotRequest};
use std::cmp::Ordering;
use std::sync::Arc;
use types::{ErrorCode, KeyEpoch, MessageKey, Nonce, Time};

/// The purpose of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Replaces what the entries did not show. The position stays.
    Refill,
    /// The device continues from it.
    Continue,
}

impl<S: Store> State<S> {
    /// Fetches a snapshot and adopts it.
    pub(crate) async fn fetch_snapshot<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        purpose: Purpose,
    ) -> Result<(), SyncError> {
        let held = self.epoch_held();
        match self.ask_for_snapshot(bank, purpose, held).await {
            // Restored copies may have drawn the same epoch for two keys, so the bank is asked for the key, too.
            Err(SyncError::Discrepancy(found))
                if held.is_some() && is_under_another_key(&found) =>
            {
                self.ask_for_snapshot(bank, purpose, None).await?;
            }
            asked => asked?,
        }
        self.take(bank).await
    }

    async fn ask_for_snapshot<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        purpose: Purpose,
        epoch: Option<KeyEpoch>,
    ) -> Result<(), SyncError> {
        let request = SnapshotRequest {
            nonce: bank.random.nonce(),
            epoch,
            trust_version: Some(self.trust.list.version()),
        };
        let answer = bank.snapshot(&self.token, self.channel, &request).await?;
        self.begin(bank, &answer, (purpose, Some(request.nonce)), None)
            .await
    }

    /// Verifies a snapshot with its first parts, and commits that it is in progress; at enrolment together with the
    /// records of the device.
    pub(crate) async fn begin<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        answer: &SnapshotAnswer,
        (purpose, nonce): (Purpose, Option<Nonce>),
        enrolment: Option<Batch>,
    ) -> Result<(), SyncError> {
        let now = bank.now();
        if let Some(trust) = &answer.trust {
            self.accept_trust(trust.as_ref(), now).await?;
        }
        let (source, proof) = self.verified(&answer.snapshot, nonce, now)?;
        let snapshot = &source.snapshot;
        let head = self.check_position(snapshot, proof.as_ref(), now)?;

        let mut books = self.unlocked()?.books.clone();
        let mut granted = false;
        if let Some(grant) = &answer.grant {
            let scope = (snapshot.generation, snapshot.epoch);
            let opened = self
                .open_grant(&bank.keys, grant.as_ref(), scope, now)
                .await?;
            granted = opened.is_some();
            books.keyring = opened.map_or(books.keyring, Arc::new);
        }
        let mut taking = Taking {
            head,
            signature: proof.map(|proof| proof.message.signature.to_vec()),
            goes_on: purpose == Purpose::Continue,
            other_books: books.known.incarnation != Some(snapshot.incarnation),
            reader: PartsReader::new(),
            adopted: 0,
            rest: Rest::default(),
            source: Arc::new(source),
        };
        let mut found = self.found.clone();
        resolve(&mut found, |what| granted && is_about_grants(what));
        books.reach = self.reach();
        let unlocked = self.unlocked()?;
        let mut stage = Stage::new(&self.records, &unlocked.key, &self.identity, books);
        stage.changed_grants = granted;
        let enrols = enrolment.is_some();
        stage.batch = enrolment.unwrap_or_default();
        self.read_parts(&mut stage, &mut taking, &answer.snapshot.parts, now)
            .await?;
        let mut next = Next::of(stage.finish()?);
        next.found = Some(found);
        next.received = enrols.then(|| self.received.clone());
        self.advance(next).await
    }

    fn verified(
        &self,
        answer: &SignedSnapshot,
        nonce: Option<Nonce>,
        now: Time,
    ) -> Result<(Source, Option<HeadProof>), SyncError> {
        let bytes = answer.snapshot.as_ref();
        let snapshot = Snapshot::verify(bytes, self.channel, nonce, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        self.check_trust(snapshot.time, now)?;
        let proof = match (&answer.before, &answer.message) {
            (Some(before), Some(hole)) => HeadProof::parse(*before, hole.0.clone())
                .map(Some)
                .map_err(|error| self.fault(&error, now))?,
            (None, None) => None,
            _ => {
                let named = (Discrepancy::ForgedSnapshot, "message_misplaced");
                return Err(self.wrong(named, now));
            }
        };
        let source = Source {
            id: answer.id,
            snapshot,
            bytes: bytes.to_vec(),
        };
        Ok((source, proof))
    }

    /// Checks that a snapshot is of an acceptable generation, that its message proves its head, and that it is not
    /// older than earlier statements of the bank.
    fn check_position(
        &self,
        snapshot: &Snapshot,
        proof: Option<&HeadProof>,
        now: Time,
    ) -> Result<Head, SyncError> {
        let counts = self.received.head.generation;
        let known = &self.unlocked()?.books.known;
        let last = self.received.checkpoint.max(known.time);
        let head = snapshot
            .judge(proof, Some(counts), last, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        if snapshot.generation > counts && self.restarted != Some(snapshot.generation) {
            let named = (
                Discrepancy::GenerationWithoutCheckpoint,
                "generation_without_checkpoint",
            );
            return Err(self.wrong(named, now));
        }
        Ok(head)
    }

    /// Verifies the next parts, judges the device's entries against them, and stores them until all are there.
    async fn read_parts(
        &self,
        stage: &mut Stage<'_, S>,
        taking: &mut Taking,
        parts: &[protocol::Base64UrlBytes],
        now: Time,
    ) -> Result<(), SyncError> {
        let key = self.key_of(&stage.books.keyring, taking, now)?;
        for sealed in parts {
            let part = taking.reader.next;
            let snapshot = &taking.source.snapshot;
            let items = taking
                .reader
                .read(snapshot, &key, &self.identity.customer, sealed.as_ref())
                .map_err(|error| self.fault(&error, now))?;
            self.check_items(&stage.books, taking, &items, now).await?;
            stage.batch.put(names::part(part), sealed.0.clone());
        }
        if parts.is_empty() {
            let named = (Discrepancy::ForgedSnapshot, "part_missing");
            return Err(self.wrong(named, now));
        }
        stage.put(names::TAKING.to_vec(), &taking.encode())?;
        stage.books.taking = Some(Box::new(taking.clone()));
        Ok(())
    }

    pub(crate) fn key_of(
        &self,
        keyring: &crate::keyring::Keyring,
        taking: &Taking,
        now: Time,
    ) -> Result<MessageKey, SyncError> {
        let key = keyring.get(taking.source.snapshot.epoch).cloned();
        key.ok_or_else(|| {
            let named = (Discrepancy::Revoked, "no_grant_for_this_device");
            self.wrong(named, now)
        })
    }

    /// Continues the snapshot in progress: reads the missing parts, then adopts them one by one. If its parts are gone,
    /// or it was overtaken, it is dropped and another one is purpose.
    pub(crate) async fn take<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        while let Some(taking) = self.unlocked()?.books.taking.clone() {
            let done = match taking.reader.is_complete(&taking.source.snapshot) {
                false => self.read_on(bank, *taking).await,
                true if taking.adopted < taking.source.snapshot.parts => {
                    self.adopt_part(*taking, bank.now()).await
                }
                true => self.settle(*taking).await,
            };
            match done {
                Ok(()) => {}
                Err(SyncError::Discrepancy(found)) => {
                    self.drop_taking().await?;
                    return Err(SyncError::Discrepancy(found));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn read_on<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        mut taking: Taking,
    ) -> Result<(), SyncError> {
        let (id, from) = (taking.source.id, taking.reader.next);
        let answer = bank.parts(&self.token, self.channel, id, from).await;
        let parts = match answer {
            Ok(answer) => answer.parts,
            Err(error) if is_gone(&error) => return self.drop_taking().await,
            Err(error) => return Err(error),
        };
        let mut stage = self.stage()?;
        self.read_parts(&mut stage, &mut taking, &parts, bank.now())
            .await?;
        let staged = stage.finish()?;
        self.advance(Next::of(staged)).await
    }

    /// Drops the snapshot in progress, with its stored parts.
    pub(crate) async fn drop_taking(&mut self) -> Result<(), SyncError> {
        let Some(taking) = self.unlocked()?.books.taking.clone() else {
            return Ok(());
        };
        let mut stage = self.stage()?;
        for part in taking.adopted + 1..taking.reader.next {
            stage.batch.delete(names::part(part));
        }
        stage.batch.delete(names::TAKING.to_vec());
        stage.books.taking = None;
        // The adopted parts are replaced by the next snapshot.
        if taking.adopted > 0 {
            stage.books.known.incarnation = None;
            stage.changed_known = true;
        }
        let staged = stage.finish()?;
        self.advance(Next::of(staged)).await
    }

    /// The result of an adopted snapshot: the position, what is proven, and the resolved discrepancies.
    pub(crate) fn received_with(&self, taking: &Taking) -> (Received, bool, bool) {
        let snapshot = &taking.source.snapshot;
        let head = &self.received.head;
        let goes_on = taking.goes_on
            && match snapshot.position().cmp(&head.position()) {
                Ordering::Greater => true,
                Ordering::Equal => snapshot.hash != head.hash,
                Ordering::Less => false,
            };
        let mut received = self.received.clone();
        received.proven = received.proven.max(snapshot.time);
        if goes_on {
            received = Received {
                head: taking.head,
                snapshot: Some(snapshot.time),
                signature: taking.signature.clone(),
                epoch: snapshot.epoch,
                as_of: received.as_of.max(snapshot.time),
                // Only a checkpoint requested after this proves completeness.
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
        (received, goes_on, goes_on || reached)
    }

    /// The last step, after everything was adopted.
    pub(crate) async fn conclude(
        &mut self,
        taking: &Taking,
        mut stage_batch: Next,
    ) -> Result<(), SyncError> {
        let (received, goes_on, settled) = self.received_with(taking);
        let mut found = self.found.clone();
        resolve(&mut found, |what| match what.remedy() {
            Remedy::Snapshot => true,
            Remedy::Restart => taking.goes_on && settled,
            Remedy::Statement | Remedy::None => false,
        });
        if goes_on {
            self.drop_waiting(&mut stage_batch.batch).await?;
        }
        stage_batch.received = Some(received);
        stage_batch.found = Some(found);
        self.advance(stage_batch).await?;
        if goes_on {
            self.waiting = false;
            // A checkpoint under way refers to the device's earlier position.
            self.trail = None;
            self.restarted = None;
        }
        if taking.goes_on {
            self.adrift = false;
        }
        Ok(())
    }
}

/// Whether a snapshot is sealed under a key that the device does not have.
fn is_under_another_key(found: &Found) -> bool {
    match found.what {
        Discrepancy::ForgedSnapshot => found.reason == "does_not_open",
        Discrepancy::Revoked => true,
        _ => false,
    }
}

/// Whether the requested snapshot is no longer available.
pub(crate) fn is_gone(error: &SyncError) -> bool {
    error.is_code(ErrorCode::SnapshotUnknown) || error.is_code(ErrorCode::NotFound)
}
