//! A login at the provider on a new device: it gets an activation code in place of the bank's letter.

use super::errors::{NotProven, ProviderError};
use crate::activation::NewCode;
use crate::audit_log::Act;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::code::MadeBy;
use crate::store::used_once;
use database::Transaction;
use protocol::http::ProviderAnswer;
use types::{CustomerId, PublicKey};

/// How long the code is good. The device uses it at once.
const CODE_LIFETIME_MS: u64 = 10 * 60_000;

impl Ciam {
    /// An activation code of the customer whom the provider names. Only a device with that session key can use it.
    pub async fn code_from_provider(
        &self,
        session: &PublicKey,
        answer: &ProviderAnswer,
    ) -> Result<(CustomerId, NewCode), ProviderError> {
        let provider = self.enrolling_provider()?;
        let (challenge, session) = (answer.challenge.as_ref().to_vec(), session.thumbprint());
        let (purpose, now) = ((ChallengeFor::ProviderEnrolment, session), self.now());
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;
        let proven = self.redeem(provider, answer, ends.minus_ms(LIFETIME_MS));
        let customer = match proven.await {
            Ok(proven) => proven.customer,
            // A stranger's invention leaves no record, so that nobody fills the disk with them.
            Err(NotProven::NotRedeemed(_)) => return Err(ProviderError::Refused),
            Err(NotProven::Refused(reason)) => return Err(self.refuse_code(reason).await?),
            Err(NotProven::Unavailable(error)) => return Err(ProviderError::Unavailable(error)),
            Err(NotProven::Failed(failure)) => return Err(failure.into()),
        };
        let exists = self.inner.customers.exists(&customer).await;
        if !exists.map_err(ProviderError::NotAsked)? {
            return Err(self.refuse_code("unknown_customer").await?);
        }
        let is_new = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                    Ok(used_once::use_up(tx, &challenge, (ends, now)).await?)
                },
            )
            .await?;
        if !is_new {
            return Err(ProviderError::ChallengeUnknown);
        }
        let expires = self.now().plus_ms(CODE_LIFETIME_MS);
        let made = self.new_code(&customer, MadeBy::Provider { session }, expires);
        let code = made.await?.ok_or(ProviderError::CustomerStopped)?;
        Ok((customer, code))
    }

    async fn refuse_code(&self, reason: &'static str) -> Result<ProviderError, ProviderError> {
        self.record_alone(Act::ProviderCodeRefused { reason })
            .await?;
        Ok(ProviderError::Refused)
    }
}
