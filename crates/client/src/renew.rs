//! Messages that the device's trust list does not cover: the bank's newest list is requested before a discrepancy is
//! named.

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
    /// Applies messages. If the trust list may only be out of date, because the bank changed its keys or the device was
    /// away for long, one checkpoint is requested, which contains the newest list, and the messages are applied again.
    /// If the bank cannot be reached, nothing is applied, and no discrepancy is named.
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

/// Whether a newer trust list may resolve it.
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
