//! Tells notification which passkeys were added and removed, so that all the customer's devices see it.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::{PasskeyChange, PortError};
use crate::store::passkey::{self, ChangeRow};
use database::Transaction;
use std::error::Error;
use thiserror::Error;

/// Why a change was not told.
#[derive(Debug, Error)]
pub(crate) enum TellError {
    #[error("notification was not told of a passkey")]
    NotTold(#[source] PortError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Ciam {
    /// Tells notification of a change that was committed. If it does not answer, it is told later:
    /// [`resume`](Self::resume).
    pub(crate) async fn tell_soon(&self, change: &ChangeRow) {
        if let Err(error) = self.tell(change).await {
            let cause: &dyn Error = &error;
            tracing::warn!(
                cause,
                "the customer's devices do not see a passkey's change yet"
            );
        }
    }

    /// Tells notification of a change, and forgets that it has to be told.
    pub(crate) async fn tell(&self, change: &ChangeRow) -> Result<(), TellError> {
        let told = PasskeyChange {
            cause: change.cause.clone(),
            added: change.added,
            passkey: change.passkey,
            device: change.device,
        };
        let asked = self.inner.grants.passkey_changed(change.channel, &told);
        asked.await.map_err(TellError::NotTold)?;
        let (cause, added) = (change.cause.clone(), change.added);
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(passkey::delete_change(tx, (&cause, added)).await?)
                },
            )
            .await?;
        Ok(())
    }

    /// The first `limit` changes after `last` that are to be told.
    pub(crate) async fn untold(
        &self,
        last: Option<ChangeRow>,
        limit: u32,
    ) -> Result<Vec<ChangeRow>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                Ok(passkey::changes_after(tx, last.as_ref(), limit).await?)
            })
            .await
    }
}
