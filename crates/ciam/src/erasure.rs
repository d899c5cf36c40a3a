//! Erasure of a customer.

use crate::audit_log::Act;
use crate::bank_actor::{BankActor, RevokedBy};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::openid;
use crate::ports::PortError;
use crate::store::{
    access_change, call, code, customer, device, erasure, passkey, password, plain_session,
    proposal, raised_limit, refused_login, session, stop,
};
use database::Transaction;
use std::error::Error;
use thiserror::Error;
use types::{ChannelId, CustomerId, ErrorCode};

/// The result of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Whether the customer had any device, present or former, or an activation code.
    pub known: bool,
    /// Devices that this call revoked.
    pub revoked: usize,
    /// The customer's channel, if there was one.
    pub channel: Option<ChannelId>,
}

/// Why an erasure is not complete.
#[derive(Debug, Error)]
pub enum EraseError {
    /// ciam has erased the customer, and notification or what sends messages has not yet. It is retried until both have.
    #[error("another service has not erased the customer yet")]
    NotErased(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl EraseError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotErased(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl Ciam {
    /// Erases ciam's data about a customer: customer number, codes, passkeys, password, sessions, stop, calls, consents and what clients hold of
    /// them, devices with their keys and statements. Revocations stay: they name a device and a channel by random ids, and prevent tokens that are still
    /// valid from being accepted. Audit records stay, too: they name the customer by a keyed hash.
    ///
    /// Devices that are not revoked yet are revoked in the same transaction. Their rekeys are requested once here, and
    /// then by [`run`](Self::run) until they are numbered. Then notification erases what it has, so that no device is granted a
    /// key after the customer's keys are destroyed, and what sends messages forgets the customer's addresses. A repeated call erases nothing and says so. Earlier backups contain the data
    /// until they expire.
    pub async fn erase_customer(&self, customer: &CustomerId) -> Result<Erased, EraseError> {
        let (ciam, named) = (self.clone(), customer.clone());
        let erased = self
            .inner
            .database
            .write(async move |tx: &mut Transaction<'_>| {
                ciam.erase_in(tx, &named, &BankActor::OPERATOR).await
            })
            .await?;
        let channel = self.finish_erasure(customer).await?;
        Ok(Erased {
            known: erased.known || channel.is_some(),
            channel: erased.channel.or(channel),
            ..erased
        })
    }

    /// Erases ciam's data, and stores that notification has to erase its own.
    pub(crate) async fn erase_in(
        &self,
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
        by: &BankActor,
    ) -> Result<Erased, Failure> {
        let index = self.customer_index(customer);
        let now = self.now();
        let mut revoked = 0;
        for row in device::current(tx, index).await? {
            let by = RevokedBy::Bank(by.clone());
            self.revoke_in(tx, (row.device, row.channel), by).await?;
            revoked += 1;
        }
        let codes = code::delete(tx, index).await?;
        session::end_all(tx, index).await?;
        plain_session::end_of_customer(tx, index).await?;
        openid::end_all(tx, index, now).await?;
        passkey::delete_all(tx, index).await?;
        password::delete(tx, index).await?;
        call::delete(tx, index).await?;
        access_change::delete_all(tx, index).await?;
        refused_login::forget_customer(tx, index).await?;
        stop::forget(tx, index).await?;
        raised_limit::forget(tx, index).await?;
        proposal::delete(tx, index).await?;
        device::delete(tx, index).await?;
        let is_known = customer::is_known(tx, index).await?;
        let channel = match is_known {
            true => Some(customer::channel(tx, index).await?),
            false => None,
        };
        customer::delete(tx, index).await?;
        let known = is_known || codes > 0;
        if known {
            let by = by.clone();
            self.record(
                tx,
                &Act::CustomerErased {
                    customer: index,
                    by,
                },
            )
            .await?;
        }
        erasure::put(tx, index, &self.seal_customer(customer)?).await?;
        Ok(Erased {
            known,
            revoked,
            channel,
        })
    }

    /// Has notification erase a customer whom ciam has erased. [`run`](Self::run) repeats it until it is done. Returns the
    /// channel, if notification had one until now.
    pub(crate) async fn finish_erasure(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<ChannelId>, EraseError> {
        for revocation in self.without_rekey(0).await? {
            // A failure has been logged, and is retried.
            let _numbered = self.rekey(&revocation).await.is_ok();
        }
        let erased = self.inner.grants.erase(customer).await;
        let channel = erased.map_err(EraseError::NotErased)?;
        let forgotten = self.inner.messages.forget(customer).await;
        forgotten.map_err(EraseError::NotErased)?;
        let index = self.customer_index(customer);
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(erasure::done(tx, index).await?)
                },
            )
            .await?;
        Ok(channel)
    }

    /// Has notification erase those whom it has not erased yet. Returns how many still wait.
    pub(crate) async fn finish_erasures(&self) -> Result<usize, Failure> {
        let sealed = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(erasure::all(tx).await?)
                },
            )
            .await?;
        let mut waiting = 0;
        for sealed in sealed {
            let customer = self.open_customer(&sealed)?;
            if let Err(error) = self.finish_erasure(&customer).await {
                let cause: &dyn Error = &error;
                tracing::error!(cause, "notification has still not erased a customer");
                waiting += 1;
            }
        }
        Ok(waiting)
    }
}
