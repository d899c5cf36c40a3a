//! Tells notification who got or lost access, so that all the customer's devices see it.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::PortError;
use crate::random::random;
use crate::store::access_change::{self, ChangeRow};
use database::Transaction;
use std::error::Error;
use thiserror::Error;
use types::base64url;

/// Why a change was not told.
#[derive(Debug, Error)]
pub(crate) enum TellError {
    #[error("notification was not told of a change of access")]
    NotTold(#[source] PortError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Ciam {
    /// A cause that no other change has.
    pub(crate) fn new_cause(&self) -> Result<String, Failure> {
        Ok(base64url::encode(&random::<16>()?))
    }

    /// Tells notification of a change that was committed. If it does not answer, it is told later:
    /// [`resume`](Self::resume).
    pub(crate) async fn tell_soon(&self, change: ChangeRow) {
        if let Err(error) = self.tell(change).await {
            let cause: &dyn Error = &error;
            tracing::warn!(
                cause,
                "the customer's devices do not see a change of access yet"
            );
        }
    }

    /// Tells notification of a change, and forgets that it has to be told.
    pub(crate) async fn tell(&self, row: ChangeRow) -> Result<(), TellError> {
        let grants = &self.inner.grants;
        let told = grants.access_changed(row.channel, &row.cause, &row.change);
        told.await.map_err(TellError::NotTold)?;
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(access_change::delete(tx, &row).await?)
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
                Ok(access_change::after(tx, last.as_ref(), limit).await?)
            })
            .await
    }
}
