//! A login at the provider on an enrolled device.

use super::errors::{NotProven, ProviderError};
use crate::audit_log::Act;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::RenewError;
use crate::login::Beginning;
use crate::store::device::{self, DeviceRow};
use crate::store::session::{self, AtProvider, LoggedInBy, SessionRow};
use crate::store::{provider_logout, used_once};
use database::Transaction;
use http_edge::{Prefix, Returning};
use protocol::http::{ProviderAnswer, SessionBegun};
use types::Time;

impl Ciam {
    /// Logs in the person who logged in at the provider for this device's challenge, and begins a session in place of the
    /// device's earlier one. The provider has to name the device's own customer. The device may come back after its channel
    /// token has expired.
    pub async fn log_in_at_provider(
        &self,
        returning: &Returning,
        answer: &ProviderAnswer,
    ) -> Result<SessionBegun, ProviderError> {
        let provider = self.provider()?;
        let challenge = answer.challenge.as_ref();
        let purpose = (ChallengeFor::ProviderLogin, returning.device);
        let ends = self.inner.ceremonies.end_of(challenge, purpose, self.now());
        let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;
        let device = self.returning_device(returning).await?;
        self.check_enrolment(&device)?;
        let proven = self.redeem(provider, answer, ends.minus_ms(LIFETIME_MS));
        let proven = match proven.await {
            Ok(proven) if self.customer_index(&proven.customer) == device.customer => proven,
            Ok(_) => return Err(self.refuse(&device, "another_customer").await?),
            Err(NotProven::Refused(reason) | NotProven::NotRedeemed(reason)) => {
                return Err(self.refuse(&device, reason).await?);
            }
            Err(NotProven::Unavailable(error)) => return Err(ProviderError::Unavailable(error)),
            Err(NotProven::Failed(failure)) => return Err(failure.into()),
        };
        let place = returning.address.map(Prefix::of);
        let login = self.login_at_provider(Some(&proven.subject), proven.session.as_deref());
        let by = LoggedInBy::Provider(login);
        let beginning = self.beginning(&device, place, (by, proven.authenticated))?;
        let challenge = (challenge.to_vec(), ends);
        if !self.begin_outside(&beginning, (login, challenge)).await? {
            return Err(self.refuse(&device, "logged_out_meanwhile").await?);
        }
        self.begun(&device, &beginning).await
    }

    async fn returning_device(&self, returning: &Returning) -> Result<DeviceRow, ProviderError> {
        let (id, key) = (returning.device, returning.session_key);
        let row = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| device::active(tx, id).await)
            .await?;
        let row = row.ok_or(RenewError::DeviceRevoked)?;
        match row.session.thumbprint() == key {
            true => Ok(row),
            false => Err(ProviderError::AnotherKey),
        }
    }

    async fn refuse(
        &self,
        device: &DeviceRow,
        reason: &'static str,
    ) -> Result<ProviderError, ProviderError> {
        let act = Act::LoginRefused {
            customer: device.customer,
            device: device.device,
            reason,
        };
        self.record_alone(act).await?;
        Ok(ProviderError::Refused)
    }

    /// Commits an accepted login. `false` if it has ended at the provider meanwhile.
    async fn begin_outside(
        &self,
        beginning: &Beginning,
        (login, (challenge, ends)): (AtProvider, (Vec<u8>, Time)),
    ) -> Result<bool, ProviderError> {
        let (ciam, now): (_, Time) = (self.clone(), self.now());
        let row: SessionRow = beginning.row.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ProviderError> {
                    if device::active(tx, row.device).await?.is_none() {
                        return Err(RenewError::DeviceRevoked.into());
                    }
                    if !used_once::use_up(tx, &challenge, (ends, now)).await? {
                        return Err(ProviderError::ChallengeUnknown);
                    }
                    for index in [login.subject, login.session].into_iter().flatten() {
                        let ended = provider_logout::ended(tx, index).await?;
                        if ended.is_some_and(|ended| ended >= row.began) {
                            return Ok(false);
                        }
                    }
                    session::begin(tx, &row).await?;
                    let act = Act::LoggedInAtProvider {
                        customer: row.customer,
                        device: row.device,
                        session: row.session,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(true)
                },
            )
            .await
    }
}
