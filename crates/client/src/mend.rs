//! Remedies for discrepancies, and everything else that is read from the synchronous side.

use crate::bank::Bank;
use crate::discrepancy::{Discrepancy, Found, Remedy};
use crate::error::SyncError;
use crate::platform::Platform;
use crate::snapshot::Purpose;
use crate::state::State;
use crate::store::Store;
use protocol::http::Report;

impl<S: Store> State<S> {
    /// Records the discrepancy that stopped an operation, and reports it to the bank. Any other error is returned.
    pub(crate) async fn trouble<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        error: SyncError,
    ) -> Result<Found, SyncError> {
        let SyncError::Discrepancy(found) = error else {
            return Err(error);
        };
        self.record((*found).clone()).await?;
        self.report_found(bank).await?;
        Ok(*found)
    }

    /// Reports discrepancies that the bank has not accepted yet. If the bank cannot be reached, they wait.
    pub(crate) async fn report_found<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        let mut all = self.found.clone();
        for found in all.iter_mut().filter(|found| is_reportable(found)) {
            match bank
                .report(&self.token, self.channel, &self.report(found))
                .await
            {
                Ok(()) => found.reported = true,
                Err(error) if error.is_unavailable() || error.ended().is_some() => break,
                // A report that the bank refuses now will be refused later, too.
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

    /// The report of a discrepancy, with the newest head that the bank signed.
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

    /// Whether the synchronous side has to be read, or a report has to be sent.
    pub(crate) fn needs_tending(&self) -> bool {
        self.found.iter().any(is_reportable)
            || self.unlocked.as_ref().is_some_and(|unlocked| {
                self.snapshot_needed().is_some()
                    || unlocked.books.is_unsettled()
                    || unlocked.books.gone
            })
    }

    fn snapshot_needed(&self) -> Option<Purpose> {
        let unresolved = |remedy: Remedy| {
            let mut open = self.found.iter().filter(|found| !found.resolved);
            open.any(|found| found.what.remedy() == remedy)
        };
        let needs = |books: &crate::state::Books| books.needs_snapshot();
        if self.adrift || self.restarted.is_some() || unresolved(Remedy::Restart) {
            Some(Purpose::Continue)
        } else if unresolved(Remedy::Snapshot)
            || self
                .unlocked
                .as_ref()
                .is_some_and(|unlocked| needs(&unlocked.books))
        {
            Some(Purpose::Refill)
        } else {
            None
        }
    }

    /// Reports discrepancies to the bank, reads a snapshot if needed, and reads missing history.
    pub(crate) async fn tend<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        self.report_found(bank).await?;
        if self.unlocked.is_none() {
            return Ok(());
        }
        self.take(bank).await?;
        if let Some(purpose) = self.snapshot_needed() {
            self.fetch_snapshot(bank, purpose).await?;
            self.project(&bank.keys, bank.now()).await?;
        }
        if self.unlocked()?.books.lacks_history() {
            self.fetch_history(bank).await?;
        }
        self.sweep().await
    }
}

/// Whether the discrepancy is reported. The bank knows about the revocation of this device, and only a newer version
/// can report a discrepancy that it found itself.
fn is_reportable(found: &Found) -> bool {
    !found.reported && !matches!(found.what, Discrepancy::Revoked | Discrepancy::Unknown)
}
