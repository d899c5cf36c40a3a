//! What is done about discrepancies, and everything else that is read from the synchronous side.

use crate::bank::Bank;
use crate::discrepancy::{Discrepancy, Found, Remedy};
use crate::error::SyncError;
use crate::platform::Platform;
use crate::snapshot::Taken;
use crate::state::State;
use crate::store::Store;
use protocol::http::Report;

impl<S: Store> State<S> {
    /// Records the discrepancy that stopped an operation, and tells the bank. Any other error is handed back.
    pub(crate) async fn trouble<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        error: SyncError,
    ) -> Result<Found, SyncError> {
        let SyncError::Discrepancy(found) = error else {
            return Err(error);
        };
        self.record((*found).clone()).await?;
        self.tell(bank).await?;
        Ok(*found)
    }

    /// Reports what the bank has not been told yet. Where it is not reached, that waits.
    pub(crate) async fn tell<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        let mut all = self.found.clone();
        for found in all.iter_mut().filter(|found| is_told(found)) {
            match bank
                .report(&self.token, self.channel, &self.report(found))
                .await
            {
                Ok(()) => found.reported = true,
                Err(error) if error.is_unavailable() || error.ended().is_some() => break,
                // What it does not take now, it does not take later either.
                Err(SyncError::Refused(refused)) if refused.status != 401 => found.reported = true,
                Err(SyncError::Refused(_)) => break,
                Err(error) => return Err(error),
            }
        }
        if all == self.found {
            return Ok(());
        }
        self.commit_found(all).await
    }

    /// What was found, with the newest head that the bank signed.
    fn report(&self, found: &Found) -> Report {
        let head = &self.received.head;
        Report {
            finding: found.what.finding(),
            reason: Some(found.reason.clone()),
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            time: head.time,
            signature: self.received.signature.clone().map(Into::into),
        }
    }

    /// Whether something is to be read from the synchronous side, or to be told to it.
    pub(crate) fn needs_tending(&self) -> bool {
        self.found.iter().any(is_told)
            || self.unlocked.as_ref().is_some_and(|unlocked| {
                self.snapshot_needed().is_some()
                    || unlocked.books.is_unsettled()
                    || unlocked.books.gone
            })
    }

    fn snapshot_needed(&self) -> Option<Taken> {
        let unresolved = |remedy: Remedy| {
            let mut open = self.found.iter().filter(|found| !found.resolved);
            open.any(|found| found.what.remedy() == remedy)
        };
        let needs = |books: &crate::state::Books| books.needs_snapshot();
        if self.adrift || self.restarted.is_some() || unresolved(Remedy::Restart) {
            Some(Taken::ToGoOn)
        } else if unresolved(Remedy::Snapshot)
            || self
                .unlocked
                .as_ref()
                .is_some_and(|unlocked| needs(&unlocked.books))
        {
            Some(Taken::ToKnow)
        } else {
            None
        }
    }

    /// Tells the bank what was found, reads a snapshot where one is needed, and the history that is missing.
    pub(crate) async fn tend<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        self.tell(bank).await?;
        if self.unlocked.is_none() {
            return Ok(());
        }
        self.take(bank).await?;
        if let Some(taken) = self.snapshot_needed() {
            self.fetch_snapshot(bank, taken).await?;
            self.project(&bank.keys, bank.now()).await?;
        }
        if self.unlocked()?.books.lacks_history() {
            self.fetch_history(bank).await?;
        }
        self.sweep().await
    }
}

/// Whether the bank is to be told of it. That it removed this device it knows, and what a newer version has found only that
/// one can tell.
fn is_told(found: &Found) -> bool {
    !found.reported && !matches!(found.what, Discrepancy::Revoked | Discrepancy::Unknown)
}
