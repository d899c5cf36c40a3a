//! Messages that the device's trust list does not cover: the bank is asked for its newest list before anything is named.

use crate::bank::Bank;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::platform::Platform;
use crate::receive::Applied;
use crate::state::State;
use crate::store::Store;
use bytes::Bytes;
use envelope::SignatureError;
use types::Generation;

impl<S: Store> State<S> {
    /// Applies messages. Where the trust list may merely be out of date, because the bank has changed its keys or the
    /// device was away for long, one checkpoint is asked for, which brings the newest list, and they are applied again.
    /// A bank that is not reached leaves it open: then nothing is applied, and nobody is accused.
    pub(crate) async fn receive<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        generation: Generation,
        raw: &[Bytes],
    ) -> Result<Applied, SyncError> {
        let applied = self
            .apply(&bank.keys, generation, raw, (bank.now(), bank.instant()))
            .await;
        let error = match applied {
            Err(error) if is_beyond_the_list(&error) => error,
            applied => return applied,
        };
        let held = self.trust.list.version();
        self.checkpoint(bank).await?;
        if self.trust.list.version() == held {
            return Err(error);
        }
        self.apply(&bank.keys, generation, raw, (bank.now(), bank.instant()))
            .await
    }
}

/// Whether a newer trust list may put it right.
fn is_beyond_the_list(error: &SyncError) -> bool {
    let SyncError::Discrepancy(found) = error else {
        return false;
    };
    match found.what {
        Discrepancy::TrustListExpired => true,
        Discrepancy::KeyNotTrusted => found.reason == SignatureError::UnknownKey.reason(),
        _ => false,
    }
}
